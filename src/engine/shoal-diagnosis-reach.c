/* shoal-diagnosis-reach.c: what the firewall's service and another device say.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-diagnosis-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define FIREWALLD "org.fedoraproject.FirewallD1"
#define FIREWALLD_PATH "/org/fedoraproject/FirewallD1"
#define BUS_TIMEOUT_MS 3000
#define UFW_CONF "/etc/ufw/ufw.conf"

/* --- Reachable ----------------------------------------------------------- */

typedef struct
{
  ShoalDiagnosis *diagnosis; /* (owned) */
  char           *label;     /* (owned): of the device asked */
} Asked;

static char *
firewall_command (ShoalDiagnosis *self)
{
  guint16 port = shoal_hub_get_port (self->engine->hub);

  return g_strdup_printf ("sudo ufw allow %u/tcp", port != 0 ? port : SHOAL_DEFAULT_PORT);
}

static void
tell_called (ShoalDiagnosis *self, const char *label, const ShoalCallResult *called)
{
  const ShoalStep step = SHOAL_STEP_REACHABLE;
  g_autofree char *command = firewall_command (self);

  switch (called->result)
    {
    case SHOAL_CALLED_THROUGH:
      shoal_diagnosis_tell (self, step, SHOAL_CHECK_OK,
                            g_strdup_printf (_("%s has called back, and got through (%s)."), label,
                                             called->address), NULL, NULL, NULL);
      break;

    case SHOAL_CALLED_NO_ANSWER:
      shoal_diagnosis_tell (
        self, step, SHOAL_CHECK_FAILED,
        g_strdup_printf (_("%s has called back at %s, and got no answer."), label,
                         called->address),
        _("Let Shoal through the firewall of this computer. Transfers with that device work "
          "nevertheless, as this one can call it."), "open-firewall", command);
      break;

    case SHOAL_CALLED_OTHER_KEY:
      shoal_diagnosis_tell (
        self, step, SHOAL_CHECK_FAILED,
        g_strdup_printf (_("At %s, where %s has called back, another program or device answers."),
                         called->address, label),
        _("Choose another port, or compare the addresses."), "change-port", NULL);
      break;

    case SHOAL_CALLED_NO_ADDRESS:
      shoal_diagnosis_tell (self, step, SHOAL_CHECK_UNKNOWN,
                            g_strdup_printf (_("%s does not know where to call back."), label),
                            NULL, NULL, NULL);
      break;

    case SHOAL_CALLED_NOT_NOW:
    case SHOAL_CALLED_OTHER:
    default:
      shoal_diagnosis_tell (self, step, SHOAL_CHECK_UNKNOWN,
                            g_strdup_printf (_("%s has not called back."), label),
                            _("Try again in a moment."), NULL, NULL);
    }
}

static void
on_called (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Asked *asked = user_data;
  ShoalDiagnosis *self = asked->diagnosis;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalCallResult) called = shoal_hub_ask_to_call_finish (NULL, result, &error);

  if (self->engine != NULL && called != NULL)
    tell_called (self, asked->label, called);
  else if (self->engine != NULL)
    shoal_diagnosis_tell (self, SHOAL_STEP_REACHABLE, SHOAL_CHECK_UNKNOWN,
                          g_strdup (error->message), NULL, NULL, NULL);
  shoal_diagnosis_unref (self);
  g_free (asked->label);
  g_free (asked);
}

/* The device that was named, else a friend, else anybody. (nullable) */
static ShoalPeer *
choose_peer (ShoalEngine *self, const char *device)
{
  g_autoptr (GPtrArray) peers = shoal_hub_get_peers (self->hub);
  ShoalPeer *best = NULL;

  for (guint i = 0; i < peers->len; i++)
    {
      ShoalPeer *peer = g_ptr_array_index (peers, i);
      g_autofree char *id = shoal_device_id_to_text (shoal_peer_get_id (peer));

      if (!shoal_peer_is_connected (peer))
        continue;
      if (g_strcmp0 (id, device) == 0)
        return shoal_peer_ref (peer);
      if (best == NULL || shoal_device_book_is_friend (self->book, shoal_peer_get_id (peer)))
        best = peer;
    }
  return best != NULL ? shoal_peer_ref (best) : NULL;
}

void
shoal_step_reachable (ShoalDiagnosis *self, const char *device)
{
  g_autoptr (ShoalPeer) peer = choose_peer (self->engine, device);
  Asked *asked;

  if (peer == NULL)
    {
      shoal_diagnosis_tell (self, SHOAL_STEP_REACHABLE, SHOAL_CHECK_UNKNOWN,
                            g_strdup (_("No other device is connected that could be asked.")),
                            _("Give the address that the other device shows on this page."),
                            "connect-by-address", NULL);
      return;
    }
  asked = g_new0 (Asked, 1);
  asked->diagnosis = shoal_diagnosis_ref (self);
  asked->label = shoal_engine_name_device (self->engine, shoal_peer_get_id (peer));
  shoal_hub_ask_to_call_async (self->engine->hub, peer, self->cancellable, on_called, asked);
}

/* --- Firewall ------------------------------------------------------------ */

static gboolean
range_has (const char *range, guint16 port)
{
  g_auto (GStrv) ends = g_strsplit (range, "-", 2);
  guint64 first, last;

  if (ends[0] == NULL || !g_ascii_string_to_unsigned (ends[0], 10, 1, 65535, &first, NULL))
    return FALSE;
  last = first;
  if (ends[1] != NULL && !g_ascii_string_to_unsigned (ends[1], 10, 1, 65535, &last, NULL))
    return FALSE;
  return first <= port && port <= last;
}

gboolean
shoal_firewall_zone_has_port (GVariant *zone, guint16 port)
{
  g_autoptr (GVariant) ports = g_variant_lookup_value (zone, "ports", G_VARIANT_TYPE ("a(ss)"));
  g_autoptr (GVariant) services
    = g_variant_lookup_value (zone, "services", G_VARIANT_TYPE_STRING_ARRAY);
  const char *target = NULL, *range, *protocol;
  GVariantIter iter;

  if (g_variant_lookup (zone, "target", "&s", &target) && g_str_equal (target, "ACCEPT"))
    return TRUE;
  if (services != NULL && port == SHOAL_DEFAULT_PORT)
    {
      g_autofree const char **names = g_variant_get_strv (services, NULL);

      if (g_strv_contains (names, "shoal"))
        return TRUE;
    }
  if (ports == NULL)
    return FALSE;
  g_variant_iter_init (&iter, ports);
  while (g_variant_iter_next (&iter, "(&s&s)", &range, &protocol))
    {
      if (g_str_equal (protocol, "tcp") && range_has (range, port))
        return TRUE;
    }
  return FALSE;
}

gboolean
shoal_firewall_ufw_is_on (const char *conf)
{
  g_auto (GStrv) lines = g_strsplit (conf, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) pair = g_strsplit (g_strstrip (lines[i]), "=", 2);

      if (pair[0] != NULL && pair[1] != NULL
          && g_str_equal (g_strstrip (pair[0]), "ENABLED")
          && g_ascii_strcasecmp (g_strdelimit (g_strstrip (pair[1]), "\"'", ' '), "yes") == 0)
        return TRUE;
    }
  return FALSE;
}

typedef struct
{
  ShoalDiagnosis *diagnosis; /* (owned) */
  gboolean        ufw;
  gboolean        sandboxed; /* nothing of the system is seen from here */
} UfwJob;

static void
look_for_ufw (gpointer data)
{
  UfwJob *job = data;
  g_autofree char *conf = NULL;

  job->sandboxed = g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS);
  job->ufw = g_file_get_contents (UFW_CONF, &conf, NULL, NULL) && shoal_firewall_ufw_is_on (conf);
}

static void
on_looked_for_ufw (gpointer data)
{
  g_autofree UfwJob *job = data;
  ShoalDiagnosis *self = job->diagnosis;

  if (self->engine != NULL && job->ufw)
    {
      g_autofree char *command = firewall_command (self);

      shoal_diagnosis_tell (self, SHOAL_STEP_FIREWALL, SHOAL_CHECK_UNKNOWN,
                            g_strdup (_("The firewall ufw is on. Whether it lets Shoal through, "
                                        "only an administrator can see.")),
                            _("Let Shoal through with this command, unless others get through "
                              "already."), "open-firewall", command);
    }
  else if (self->engine != NULL && job->sandboxed)
    shoal_diagnosis_tell (self, SHOAL_STEP_FIREWALL, SHOAL_CHECK_UNKNOWN,
                          g_strdup (_("From inside its sandbox Shoal does not see whether a "
                                      "firewall is on.")), NULL, NULL, NULL);
  else if (self->engine != NULL)
    shoal_diagnosis_tell (self, SHOAL_STEP_FIREWALL, SHOAL_CHECK_OK,
                          g_strdup (_("Neither firewalld nor ufw is on here.")), NULL, NULL, NULL);
  shoal_diagnosis_unref (self);
}

/* Takes the reference on @self. */
static void
no_firewalld (ShoalDiagnosis *self)
{
  UfwJob *job;

  if (self->engine == NULL)
    {
      shoal_diagnosis_unref (self);
      return;
    }
  job = g_new0 (UfwJob, 1);
  job->diagnosis = self;
  shoal_runtime_submit (engine_runtime (self->engine), SHOAL_POOL_DISK, look_for_ufw,
                        on_looked_for_ufw, job);
}

static void
on_zone_settings (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalDiagnosis) self = user_data;
  g_autoptr (GVariant) reply
    = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
  g_autoptr (GVariant) zone = reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
  g_autofree char *command = NULL;
  guint16 port;

  if (self->engine == NULL)
    return;
  port = shoal_hub_get_port (self->engine->hub);
  port = port != 0 ? port : SHOAL_DEFAULT_PORT;
  command = g_strdup_printf ("sudo firewall-cmd --permanent --add-port=%u/tcp "
                             "--add-service=mdns && sudo firewall-cmd --reload", port);
  if (zone != NULL && shoal_firewall_zone_has_port (zone, port))
    shoal_diagnosis_tell (self, SHOAL_STEP_FIREWALL, SHOAL_CHECK_OK,
                          g_strdup_printf (_("The firewall (firewalld) lets port %u through."),
                                           port), NULL, NULL, NULL);
  else
    shoal_diagnosis_tell (self, SHOAL_STEP_FIREWALL,
                          zone != NULL ? SHOAL_CHECK_FAILED : SHOAL_CHECK_UNKNOWN,
                          zone != NULL
                            ? g_strdup_printf (_("The firewall (firewalld) does not let port %u "
                                                 "through."), port)
                            : g_strdup (_("The firewall (firewalld) is on, and does not say what "
                                          "it lets through.")),
                          _("Let Shoal through with this command."), "open-firewall", command);
}

static void
on_default_zone (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ShoalDiagnosis *self = user_data;
  GDBusConnection *bus = G_DBUS_CONNECTION (source);
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (bus, result, NULL);
  const char *zone;

  if (reply == NULL)
    {
      no_firewalld (self);
      return;
    }
  g_variant_get (reply, "(&s)", &zone);
  g_dbus_connection_call (bus, FIREWALLD, FIREWALLD_PATH, FIREWALLD ".zone", "getZoneSettings2",
                          g_variant_new ("(s)", zone), G_VARIANT_TYPE ("(a{sv})"),
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, BUS_TIMEOUT_MS, self->cancellable,
                          on_zone_settings, self);
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ShoalDiagnosis *self = user_data;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, NULL);

  if (bus == NULL)
    {
      no_firewalld (self);
      return;
    }
  g_dbus_connection_set_exit_on_close (bus, FALSE);
  g_dbus_connection_call (bus, FIREWALLD, FIREWALLD_PATH, FIREWALLD, "getDefaultZone", NULL,
                          G_VARIANT_TYPE ("(s)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, BUS_TIMEOUT_MS,
                          self->cancellable, on_default_zone, self);
}

void
shoal_step_firewall (ShoalDiagnosis *self)
{
  g_bus_get (G_BUS_TYPE_SYSTEM, self->cancellable, on_bus, shoal_diagnosis_ref (self));
}
