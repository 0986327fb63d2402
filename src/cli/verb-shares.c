/* verb-shares.c: what this device shares and keeps sharing; ending it.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-cli.h"
#include "shoal-engine-shares.h"
#include "shoal-output.h"

static void
print_share (ShoalCli *cli, ShoalShareInfo *share)
{
  g_autofree char *size = g_format_size (share->bytes);
  g_autofree char *uploaded = g_format_size (share->uploaded);
  JsonBuilder *json = shoal_json_begin (cli, "share");

  shoal_json_string (json, "id", share->id);
  shoal_json_string (json, "name", share->name);
  shoal_json_string (json, "link", share->link);
  shoal_json_int (json, "bytes", (gint64) share->bytes);
  shoal_json_int (json, "files", share->files);
  shoal_json_int (json, "uploaded", (gint64) share->uploaded);
  shoal_json_bool (json, "kept", share->is_kept);
  shoal_json_bool (json, "served", share->state == SHOAL_SHARE_SERVED);
  shoal_json_end (cli, json);

  shoal_say (cli, ngettext ("%s  (%u file, %s; %s sent)", "%s  (%u files, %s; %s sent)",
                            share->files), share->name, share->files, size, uploaded);
  shoal_say (cli, "  %s", share->link);
  if (share->error != NULL)
    shoal_say (cli, "  %s", share->error->message);
}

/* By ID, or by a name that only one of them has. */
static const char *
find (GPtrArray *shares, const char *what)
{
  const char *found = NULL;

  for (guint i = 0; i < shares->len; i++)
    {
      ShoalShareInfo *share = g_ptr_array_index (shares, i);

      if (g_str_equal (share->id, what))
        return share->id;
      if (!g_str_equal (share->name, what))
        continue;
      if (found != NULL)
        return what;
      found = share->id;
    }
  return found != NULL ? found : what;
}

static void
shares_start (ShoalCli *cli, int argc, char **argv)
{
  g_auto (GStrv) ended = NULL;
  g_autoptr (GPtrArray) shares = NULL;
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    { "end", 0, 0, G_OPTION_ARG_STRING_ARRAY, &ended, N_("Share this no longer; may be repeated"),
      N_("ID|NAME") },
    G_OPTION_ENTRY_NULL
  };

  if (!shoal_cli_parse (cli, entries, &argc, &argv))
    return;
  if (argc != 1)
    {
      shoal_cli_usage (cli, _("To share something, use “shoal-cli share”"));
      return;
    }
  cli->no_discovery = TRUE; /* it is all here */
  if (!shoal_cli_engine (cli))
    return;

  shares = shoal_engine_get_shares (cli->engine);
  for (gsize i = 0; ended != NULL && ended[i] != NULL; i++)
    {
      if (!shoal_engine_unshare (cli->engine, find (shares, ended[i]), &error))
        {
          shoal_cli_fail (cli, error);
          return;
        }
    }
  for (guint i = 0; ended == NULL && i < shares->len; i++)
    print_share (cli, g_ptr_array_index (shares, i));
  shoal_cli_finish (cli, SHOAL_CLI_DONE);
}

const ShoalVerb shoal_verb_shares = {
  .name = "shares",
  .arguments = "[--end ID|NAME]...",
  .summary = N_("List what this device shares"),
  .dials_only = TRUE,
  .start = shares_start,
};
