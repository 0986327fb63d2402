/* verb-invite.c: a link that makes somebody a friend, wherever they are.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-cli"

#include "config.h"

#include "shoal-cli.h"
#include "shoal-engine-internet.h"
#include "shoal-output.h"

/* For the new friend's half of the pair secret to come. */
#define TELL_TIMEOUT (5 * G_USEC_PER_SEC)

typedef struct
{
  gboolean  no_wait;
  char     *invite;    /* (owned) (nullable): waits to be used */
  char     *friend_id; /* (owned) (nullable): who has used it */
} Invite;

static void
invite_free (gpointer data)
{
  Invite *self = data;

  g_free (self->invite);
  g_free (self->friend_id);
}

static gboolean
is_waiting (ShoalCli *cli)
{
  g_auto (GStrv) invites = shoal_engine_get_invites (cli->engine);

  return g_strv_contains ((const char *const *) invites, ((Invite *) cli->data)->invite);
}

static void
on_told (ShoalCli *cli)
{
  shoal_cli_finish (cli, SHOAL_CLI_DONE);
}

static void
say_used (ShoalCli *cli, ShoalDeviceInfo *device)
{
  JsonBuilder *json = shoal_json_begin (cli, "friend");
  g_autofree char *label = shoal_device_label (device);

  shoal_json_string (json, "device", device->id);
  shoal_json_string (json, "name", device->name);
  shoal_json_end (cli, json);
  shoal_say (cli, _("%s is now your friend."), label);
}

static void
invite_event (ShoalCli *cli, const ShoalEvent *event)
{
  ShoalDeviceInfo *device = event->device;
  Invite *self = cli->data;

  if (event->type != SHOAL_EVENT_DEVICE || self->invite == NULL || !device->is_friend)
    return;
  if (self->friend_id == NULL && !is_waiting (cli))
    {
      self->friend_id = g_strdup (device->id);
      shoal_cli_later (cli, TELL_TIMEOUT, on_told);
    }
  if (g_strcmp0 (self->friend_id, device->id) == 0 && device->is_mutual)
    {
      say_used (cli, device);
      shoal_cli_finish (cli, SHOAL_CLI_DONE);
    }
}

static void
invite_start (ShoalCli *cli, int argc, char **argv)
{
  Invite *self = shoal_cli_remember (cli, sizeof *self, invite_free);
  const GOptionEntry entries[] = {
    { "no-wait", 0, 0, G_OPTION_ARG_NONE, &self->no_wait,
      N_("Only print it: it is answered while “receive” or the app runs"), NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GError) error = NULL;
  JsonBuilder *json;

  if (!shoal_cli_parse (cli, entries, &argc, &argv))
    return;
  if (argc != 1)
    {
      shoal_cli_usage (cli, _("“invite” takes no argument"));
      return;
    }
  if (!shoal_cli_engine (cli))
    return;

  self->invite = shoal_engine_make_invite (cli->engine, &error);
  if (self->invite == NULL)
    {
      shoal_cli_fail (cli, error);
      return;
    }
  json = shoal_json_begin (cli, "invite");
  shoal_json_string (json, "link", self->invite);
  shoal_json_end (cli, json);
  shoal_say (cli, "%s", self->invite);
  shoal_remark (cli, _("Give it to one person, by a way that nobody else sees. It is good once, "
                       "for a week: “shoal-cli friend add LINK”."));
  if (self->no_wait)
    shoal_cli_finish (cli, SHOAL_CLI_DONE);
  else
    shoal_remark (cli, _("Waiting for it to be used; Ctrl+C leaves it good."));
}

const ShoalVerb shoal_verb_invite = {
  .name = "invite",
  .arguments = "[--no-wait]",
  .summary = N_("Print a link that makes somebody a friend"),
  .dials_only = TRUE,
  .start = invite_start,
  .event = invite_event,
};
