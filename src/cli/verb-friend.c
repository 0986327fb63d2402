/* verb-friend.c: friends, and who is blocked.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-cli.h"
#include "shoal-engine-internet.h"
#include "shoal-engine-people.h"
#include "shoal-invite.h"
#include "shoal-output.h"
#include "shoal-settings.h"

/* Time for a new friend to be connected, and for both to tell each other. */
#define CONNECT_TIMEOUT (3 * G_USEC_PER_SEC)
#define TELL_TIMEOUT (300 * 1000)

typedef enum
{
  FRIEND_ADD,
  FRIEND_REMOVE,
  FRIEND_BLOCK,
  FRIEND_UNBLOCK,
  FRIEND_FORGET,
  FRIEND_VERIFY,
  FRIEND_RENAME,
  FRIEND_AUTO_ACCEPT,
} FriendAction;

typedef struct
{
  FriendAction  action;
  char         *new_name; /* (owned) (nullable): of RENAME */
  gint64        limit;    /* of AUTO_ACCEPT */
  char         *added;    /* (owned) (nullable): the ID of a new friend that is to be told */
  gboolean      by_invite; /* it was added by an invite */
} Friend;

static void
friend_free (gpointer data)
{
  Friend *self = data;

  g_free (self->new_name);
  g_free (self->added);
}

static void
list_friends (ShoalCli *cli)
{
  g_autoptr (GPtrArray) devices = shoal_engine_get_devices (cli->engine);

  for (guint i = 0; i < devices->len; i++)
    {
      ShoalDeviceInfo *device = g_ptr_array_index (devices, i);

      if (device->is_friend || device->is_blocked)
        shoal_print_device (cli, device);
    }
  shoal_cli_finish (cli, SHOAL_CLI_DONE);
}

static void
on_told (ShoalCli *cli)
{
  shoal_cli_finish (cli, SHOAL_CLI_DONE);
}

/* The new friend is told in the session, as soon as there is one. */
static void
wait_for_telling (ShoalCli *cli, ShoalReach reach)
{
  Friend *self = cli->data;
  gboolean connected = reach >= SHOAL_REACH_LOCAL;

  shoal_cli_later (cli, connected ? TELL_TIMEOUT : CONNECT_TIMEOUT, on_told);
  if (connected)
    g_clear_pointer (&self->added, g_free);
}

static void
on_invite_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalCli) cli = user_data;
  g_autoptr (GError) error = NULL;
  Friend *self = cli->data;

  self->added = shoal_engine_open_invite_finish (SHOAL_ENGINE (source), result, &error);
  if (self->added == NULL)
    {
      shoal_cli_fail (cli, error);
      return;
    }
  self->by_invite = TRUE;
  shoal_cli_later (cli, CONNECT_TIMEOUT, on_told);
}

static void
friend_event (ShoalCli *cli, const ShoalEvent *event)
{
  Friend *self = cli->data;

  if (self->by_invite && event->type == SHOAL_EVENT_DEVICE
      && g_str_equal (event->device->id, self->added) && event->device->is_mutual)
    {
      g_autofree char *label = shoal_device_label (event->device);

      shoal_remark (cli, _("%s is now your friend."), label);
      shoal_cli_finish (cli, SHOAL_CLI_DONE);
      return;
    }
  if (event->type == SHOAL_EVENT_DEVICE && self->added != NULL && !self->by_invite
      && g_str_equal (event->device->id, self->added) && event->device->reach >= SHOAL_REACH_LOCAL)
    wait_for_telling (cli, event->device->reach);
}

static gboolean
act (ShoalCli *cli, const char *id, GError **error)
{
  Friend *self = cli->data;

  switch (self->action)
    {
    case FRIEND_ADD:
      return shoal_engine_add_friend (cli->engine, id, error);
    case FRIEND_REMOVE:
      return shoal_engine_remove_friend (cli->engine, id, error);
    case FRIEND_FORGET:
      return shoal_engine_forget_device (cli->engine, id, error);
    case FRIEND_VERIFY:
      return shoal_engine_set_verified (cli->engine, id, TRUE, error);
    case FRIEND_RENAME:
      return shoal_engine_rename_friend (cli->engine, id, self->new_name, error);
    case FRIEND_AUTO_ACCEPT:
      return shoal_engine_set_auto_accept (cli->engine, id, self->limit, error);
    case FRIEND_BLOCK:
    case FRIEND_UNBLOCK:
    default:
      return shoal_engine_set_blocked (cli->engine, id, self->action == FRIEND_BLOCK, error);
    }
}

static void
say_added (ShoalCli *cli, ShoalDeviceInfo *device)
{
  g_autofree char *label = shoal_device_label (device);

  if (device->code != NULL)
    shoal_remark (cli, _("%s is now your friend. Their screen should show the code %s."), label,
                  device->code);
  else
    shoal_remark (cli, _("%s is now your friend. Compare IDs: %s"), label, device->id);
  shoal_remark (cli, _("Once they have added you as well, each of you sees what the other "
                       "shares with friends."));
}

static void
found (ShoalCli *cli, ShoalDeviceInfo *device)
{
  g_autoptr (GError) error = NULL;
  Friend *self = cli->data;

  if (!act (cli, device->id, &error))
    {
      shoal_cli_fail (cli, error);
      return;
    }

  if (self->action == FRIEND_ADD && !device->is_friend)
    {
      say_added (cli, device);
      if (device->reach != SHOAL_REACH_NONE)
        {
          self->added = g_strdup (device->id);
          wait_for_telling (cli, device->reach);
          return;
        }
    }
  shoal_cli_finish (cli, SHOAL_CLI_DONE);
}

/* "any", "off", or a size as a speed is written. */
static gboolean
parse_limit (ShoalCli *cli, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = NULL;
  Friend *self = cli->data;

  if (g_str_equal (text, "any"))
    {
      self->limit = SHOAL_AUTO_ACCEPT_ANY;
      return TRUE;
    }
  value = shoal_settings_parse_value ("download-limit", text, NULL);
  if (value == NULL)
    {
      shoal_cli_usage (cli, _("“auto-accept” takes a device and a size, “any” or “off”"));
      return FALSE;
    }
  self->limit = (gint64) g_variant_get_uint64 (value);
  return TRUE;
}

/* What is asked for; FALSE: said why not. */
static gboolean
parse_action (ShoalCli *cli, int argc, char **argv)
{
  static const struct
  {
    const char *word;
    int         argc;
  } ACTIONS[] = {
    [FRIEND_ADD] = { "add", 3 },         [FRIEND_REMOVE] = { "remove", 3 },
    [FRIEND_BLOCK] = { "block", 3 },     [FRIEND_UNBLOCK] = { "unblock", 3 },
    [FRIEND_FORGET] = { "forget", 3 },   [FRIEND_VERIFY] = { "verify", 3 },
    [FRIEND_RENAME] = { "rename", 4 },   [FRIEND_AUTO_ACCEPT] = { "auto-accept", 4 },
  };
  Friend *self = cli->data;

  for (gsize i = 0; i < G_N_ELEMENTS (ACTIONS); i++)
    {
      if (argc != ACTIONS[i].argc || !g_str_equal (argv[1], ACTIONS[i].word))
        continue;
      self->action = (FriendAction) i;
      self->new_name = g_strdup (argv[argc - 1]);
      return self->action != FRIEND_AUTO_ACCEPT || parse_limit (cli, argv[3]);
    }
  shoal_cli_usage (cli, _("Say add, list, remove, block, unblock, rename, verify, auto-accept, "
                          "forget or forget-address"));
  return FALSE;
}

static void
friend_start (ShoalCli *cli, int argc, char **argv)
{
  Friend *self = shoal_cli_remember (cli, sizeof *self, friend_free);

  if (!shoal_cli_parse (cli, NULL, &argc, &argv))
    return;

  if (argc == 2 && g_str_equal (argv[1], "list"))
    {
      cli->no_discovery = TRUE;
      if (shoal_cli_engine (cli))
        list_friends (cli);
      return;
    }
  if (argc == 3 && g_str_equal (argv[1], "forget-address"))
    {
      g_autoptr (GError) error = NULL;

      cli->no_discovery = TRUE;
      if (!shoal_cli_engine (cli))
        return;
      if (shoal_engine_forget_address (cli->engine, argv[2], &error))
        shoal_cli_finish (cli, SHOAL_CLI_DONE);
      else
        shoal_cli_fail (cli, error);
      return;
    }

  if (!parse_action (cli, argc, argv))
    return;
  if (!shoal_cli_engine (cli))
    return;

  if (self->action == FRIEND_ADD && shoal_invite_looks_like (argv[2]))
    {
      shoal_engine_open_invite_async (cli->engine, argv[2], cli->cancellable, on_invite_opened,
                                      shoal_cli_ref (cli));
      return;
    }
  /* Who is added is told so; the rest is our own business. */
  if (self->action != FRIEND_ADD && act (cli, argv[2], NULL))
    shoal_cli_finish (cli, SHOAL_CLI_DONE);
  else
    shoal_cli_find (cli, argv[2], found);
}

const ShoalVerb shoal_verb_friend = {
  .name = "friend",
  .arguments = "add|list|remove|block|unblock|verify|forget|rename|auto-accept|"
               "forget-address [DEVICE|INVITE|ADDRESS:PORT] [VALUE]",
  .summary = N_("Add, list, remove and block friends"),
  .more = N_("  add DEVICE|INVITE        make it a friend\n"
             "  list                     show friends, and who is blocked\n"
             "  remove DEVICE            be friends no more\n"
             "  block DEVICE             hear it no more; “unblock” takes that back\n"
             "  rename DEVICE NAME       call it that here\n"
             "  verify DEVICE            its code was the same on both screens\n"
             "  auto-accept DEVICE SIZE  take what it offers up to “2 GB”, “any” or “off”\n"
             "  forget DEVICE            remove all that is known of it\n"
             "  forget-address ADDRESS   take another device at that address for what it is"),
  .dials_only = TRUE,
  .start = friend_start,
  .event = friend_event,
};
