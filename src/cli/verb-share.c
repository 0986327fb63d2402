/* verb-share.c: print a link and serve what it names until stopped.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-cli.h"
#include "shoal-output.h"

typedef struct
{
  gboolean    is_private, keep;
  char      **for_whom;    /* (owned) (nullable) */
  char      **next;        /* in for_whom: to be found */
  gboolean    all_friends;
  char      **paths;       /* (owned) */
  GPtrArray  *devices;     /* (owned): IDs found so far */
  gint64      begun;       /* µs since 1970 */
  char       *share;       /* (owned) (nullable): its ID, if it was not shared before */
} Share;

static void
share_free (gpointer data)
{
  Share *self = data;

  g_strfreev (self->for_whom);
  g_strfreev (self->paths);
  g_clear_pointer (&self->devices, g_ptr_array_unref);
  g_free (self->share);
}

/* Hosted, it would go on for ever; as it may if somebody wanted it before. */
static void
stop_sharing (ShoalCli *cli, ShoalEngine *engine)
{
  Share *self = cli->data;

  if (cli->hosted && self->share != NULL)
    shoal_engine_unshare (engine, self->share, NULL);
}

static void
on_shared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalCli) cli = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalShareInfo) share
    = shoal_engine_share_finish (SHOAL_ENGINE (source), result, &error);
  Share *self = cli->data;
  g_autofree char *size = NULL;

  if (share == NULL)
    {
      shoal_cli_fail (cli, error);
      return;
    }

  if (share->created_at == 0 || share->created_at >= self->begun)
    self->share = g_strdup (share->id);
  if (cli->finished)
    {
      stop_sharing (cli, SHOAL_ENGINE (source));
      return;
    }

  shoal_print_link (cli, share);

  size = g_format_size (share->bytes);
  shoal_say (cli, "%s", share->link);
  if (self->keep)
    {
      shoal_remark (cli, ngettext ("“%s” (%u file, %s) is shared from now on, while “receive” or "
                                   "the app runs; “shoal-cli shares --end” ends that.",
                                   "“%s” (%u files, %s) is shared from now on, while “receive” or "
                                   "the app runs; “shoal-cli shares --end” ends that.",
                                   share->files), share->name, share->files, size);
      g_clear_pointer (&self->share, g_free);
      shoal_cli_finish (cli, SHOAL_CLI_DONE);
      return;
    }
  shoal_remark (cli, ngettext ("Sharing “%s”: %u file, %s. Ctrl+C ends.",
                               "Sharing “%s”: %u files, %s. Ctrl+C ends.", share->files),
                share->name, share->files, size);
}

static void find_next (ShoalCli *cli);

static void
found (ShoalCli *cli, ShoalDeviceInfo *device)
{
  Share *self = cli->data;

  g_ptr_array_add (self->devices, g_strdup (device->id));
  self->next++;
  find_next (cli);
}

static void
find_next (ShoalCli *cli)
{
  Share *self = cli->data;
  ShoalSharePolicy policy;

  while (self->next != NULL && *self->next != NULL)
    {
      if (!g_str_equal (*self->next, "friends"))
        {
          shoal_cli_find (cli, *self->next, found);
          return;
        }
      self->all_friends = TRUE;
      self->next++;
    }

  g_ptr_array_add (self->devices, NULL);
  policy = (ShoalSharePolicy){
    .is_private = self->is_private,
    .keep = self->keep,
    .all_friends = self->all_friends,
    .devices = self->devices->len > 1 ? (const char *const *) self->devices->pdata : NULL,
  };
  shoal_engine_share_async (cli->engine, (const char *const *) self->paths, &policy,
                            shoal_print_hashing, cli, cli->cancellable, on_shared,
                            shoal_cli_ref (cli));
}

static void
share_start (ShoalCli *cli, int argc, char **argv)
{
  Share *self = shoal_cli_remember (cli, sizeof *self, share_free);
  const GOptionEntry entries[] = {
    { "private", 'p', 0, G_OPTION_ARG_NONE, &self->is_private,
      N_("Make a link that cannot be guessed from the files"), NULL },
    { "for", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->for_whom,
      N_("Only for all friends, or one; may be repeated"), N_("friends|DEVICE") },
    { "keep", 'k', 0, G_OPTION_ARG_NONE, &self->keep,
      N_("Only begin: it is served while “receive” or the app runs"), NULL },
    G_OPTION_ENTRY_NULL
  };

  if (!shoal_cli_parse (cli, entries, &argc, &argv))
    return;
  if (argc < 2)
    {
      shoal_cli_usage (cli, _("Say what to share"));
      return;
    }

  self->next = self->for_whom;
  self->paths = g_new0 (char *, argc);
  for (int i = 1; i < argc; i++)
    self->paths[i - 1] = shoal_cli_get_path (cli, argv[i]);
  self->begun = g_get_real_time ();
  self->devices = g_ptr_array_new_with_free_func (g_free);
  if (shoal_cli_engine (cli))
    find_next (cli);
}

static void
share_interrupted (ShoalCli *cli)
{
  Share *self = cli->data;

  /* Stopping is how this verb ends. */
  if (self->share != NULL)
    stop_sharing (cli, cli->engine);
  shoal_cli_finish (cli, SHOAL_CLI_DONE);
}

const ShoalVerb shoal_verb_share = {
  .name = "share",
  .arguments = "PATH... [--private] [--for friends|DEVICE]... [--keep]",
  .summary = N_("Print a link to files and serve them until stopped"),
  .start = share_start,
  .interrupted = share_interrupted,
};
