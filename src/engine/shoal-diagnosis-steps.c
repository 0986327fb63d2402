/* shoal-diagnosis-steps.c: what this device knows itself.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-diagnosis-private.h"
#include "shoal-engine-internet.h"

#include <glib/gi18n-lib.h>

/* Our own announcement is back within a second where mDNS works. */
#define DISCOVERY_PATIENCE_US (4 * G_USEC_PER_SEC)
#define DISCOVERY_INTERVAL_US (200 * 1000)

/* --- Network ------------------------------------------------------------- */

/* "eth0 (192.0.2.1), wlan0 (…)": those of @kinds that are up. */
static char *
list_up (ShoalDiagnosis *self, gboolean allowed_only, gboolean (*is_kind) (ShoalInterfaceKind kind))
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < self->interfaces->len; i++)
    {
      ShoalInterface *interface = g_ptr_array_index (self->interfaces, i);
      g_autofree char *address = NULL;

      if (!interface->is_up || !is_kind (interface->kind)
          || (allowed_only && !shoal_diagnosis_may_use (self, interface)))
        continue;
      address = g_inet_address_to_string (g_ptr_array_index (interface->addresses, 0));
      g_string_append_printf (text, "%s%s (%s)", text->len > 0 ? ", " : "", interface->name,
                              address);
    }
  return text->len > 0 ? g_strdup (text->str) : NULL;
}

/* Other devices are there, or through there. */
static gboolean
leads_out (ShoalInterfaceKind kind)
{
  return kind != SHOAL_INTERFACE_CONTAINER;
}

static gboolean
is_vpn (ShoalInterfaceKind kind)
{
  return kind == SHOAL_INTERFACE_VPN;
}

static gboolean
is_container (ShoalInterfaceKind kind)
{
  return kind == SHOAL_INTERFACE_CONTAINER;
}

void
shoal_step_network (ShoalDiagnosis *self)
{
  g_autofree char *usable = list_up (self, TRUE, leads_out);
  g_autofree char *any = list_up (self, FALSE, leads_out);

  if (usable != NULL)
    shoal_diagnosis_tell (self, SHOAL_STEP_NETWORK, SHOAL_CHECK_OK,
                          g_strdup_printf (_("Connected by %s."), usable), NULL, NULL, NULL);
  else if (any != NULL)
    shoal_diagnosis_tell (
      self, SHOAL_STEP_NETWORK, SHOAL_CHECK_FAILED,
      g_strdup_printf (_("This computer is connected by %s, but Shoal was told not to use that."),
                       any),
      _("Choose the network interfaces to use in the preferences."), "choose-interfaces", NULL);
  else
    shoal_diagnosis_tell (self, SHOAL_STEP_NETWORK, SHOAL_CHECK_FAILED,
                          g_strdup (_("No network interface has an address.")),
                          _("Connect this computer to the network the other device is on."),
                          "open-network-settings", NULL);
}

/* --- VPN ----------------------------------------------------------------- */

void
shoal_step_vpn (ShoalDiagnosis *self)
{
  g_autofree char *vpn = list_up (self, FALSE, is_vpn);
  g_autofree char *containers = list_up (self, FALSE, is_container);

  if (vpn != NULL)
    shoal_diagnosis_tell (
      self, SHOAL_STEP_VPN, SHOAL_CHECK_UNKNOWN,
      g_strdup_printf (_("A VPN is on: %s. Many of them keep this computer from the devices "
                         "around it."), vpn),
      _("Allow local network access in the VPN's settings, or leave it for the transfer."),
      "leave-vpn", NULL);
  else if (containers != NULL)
    shoal_diagnosis_tell (
      self, SHOAL_STEP_VPN, SHOAL_CHECK_OK,
      g_strdup_printf (_("No VPN. Networks of containers or virtual machines: %s."), containers),
      NULL, NULL, NULL);
  else
    shoal_diagnosis_tell (self, SHOAL_STEP_VPN, SHOAL_CHECK_OK, g_strdup (_("No VPN is on.")),
                          NULL, NULL, NULL);
}

/* --- Tracker ------------------------------------------------------------- */

void
shoal_step_tracker (ShoalDiagnosis *self)
{
  g_autoptr (GPtrArray) trackers = shoal_engine_get_trackers (self->engine);
  const char *trouble = NULL;

  for (guint i = 0; i < trackers->len; i++)
    {
      const ShoalTrackerInfo *tracker = g_ptr_array_index (trackers, i);

      if (tracker->is_open)
        {
          shoal_diagnosis_tell (self, SHOAL_STEP_TRACKER, SHOAL_CHECK_OK,
                                g_strdup_printf (_("The tracker %s answers."), tracker->url),
                                NULL, NULL, NULL);
          return;
        }
      trouble = trouble != NULL ? trouble : tracker->trouble;
    }
  if (trackers->len == 0)
    shoal_diagnosis_tell (self, SHOAL_STEP_TRACKER, SHOAL_CHECK_UNKNOWN,
                          g_strdup (_("No tracker is used, and none is needed on one network.")),
                          NULL, NULL, NULL);
  else
    shoal_diagnosis_tell (
      self, SHOAL_STEP_TRACKER, SHOAL_CHECK_FAILED,
      g_strdup (trouble != NULL ? trouble : _("No tracker has answered yet.")),
      _("Check the connection to the internet, or choose other trackers in the preferences."),
      "choose-trackers", NULL);
}

/* --- Visible ------------------------------------------------------------- */

void
shoal_step_visible (ShoalDiagnosis *self)
{
  const char *remedy = _("Let everyone see this device while you look for the other.");

  switch (self->engine->settings->visibility)
    {
    case SHOAL_VISIBLE_EVERYONE:
      shoal_diagnosis_tell (self, SHOAL_STEP_VISIBLE, SHOAL_CHECK_OK,
                            g_strdup_printf (_("Everyone on this network sees “%s”."),
                                             self->engine->settings->name),
                            NULL, NULL, NULL);
      break;

    case SHOAL_VISIBLE_FRIENDS:
      shoal_diagnosis_tell (self, SHOAL_STEP_VISIBLE, SHOAL_CHECK_UNKNOWN,
                            g_strdup (_("Only friends see this device.")), remedy,
                            "change-visibility", NULL);
      break;

    case SHOAL_VISIBLE_NOBODY:
    default:
      shoal_diagnosis_tell (self, SHOAL_STEP_VISIBLE, SHOAL_CHECK_FAILED,
                            g_strdup (_("Nobody sees this device.")), remedy,
                            "change-visibility", NULL);
    }
}

/* --- Port ---------------------------------------------------------------- */

void
shoal_step_port (ShoalDiagnosis *self)
{
  guint16 port = shoal_hub_get_port (self->engine->hub);
  guint16 wanted = self->engine->settings->port != 0 ? self->engine->settings->port
                                                     : SHOAL_DEFAULT_PORT;

  if (port == 0)
    shoal_diagnosis_tell (self, SHOAL_STEP_PORT, SHOAL_CHECK_FAILED,
                          g_strdup (_("Other devices cannot connect to this one: it does not "
                                      "listen.")),
                          _("Start Shoal again, or choose another port."), "change-port", NULL);
  else if (port == wanted)
    shoal_diagnosis_tell (self, SHOAL_STEP_PORT, SHOAL_CHECK_OK,
                          g_strdup_printf (_("At port %u."), port), NULL, NULL, NULL);
  else
    shoal_diagnosis_tell (self, SHOAL_STEP_PORT, SHOAL_CHECK_OK,
                          g_strdup_printf (_("At port %u; port %u is taken."), port, wanted), NULL,
                          NULL, NULL);
}

/* --- Discovery ----------------------------------------------------------- */

static void
tell_discovery (ShoalDiagnosis *self, const char *reason, guint others)
{
  gboolean announces = shoal_hub_announces (self->engine->hub);
  g_autofree char *heard
    = others > 0 ? g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u other device is announced.",
                                                 "%u other devices are announced.", others),
                                    others)
                 : g_strdup (_("No other device is announced."));

  shoal_diagnosis_tell (
    self, SHOAL_STEP_DISCOVERY, SHOAL_CHECK_OK,
    announces ? g_strdup_printf ("%s %s", reason, heard)
              : g_strdup_printf (_("%s %s This one announces nothing now."), reason, heard),
    NULL, NULL, NULL);
}

/* FALSE: not known yet. */
static gboolean
judge_discovery (ShoalDiagnosis *self, gboolean at_last)
{
  ShoalHub *hub = self->engine->hub;
  const char *reason;
  ShoalDiscoveryState state = shoal_hub_get_discovery (hub, &reason);
  guint others;
  gboolean itself = shoal_hub_has_heard_itself (hub, &others);
  gboolean works = state == SHOAL_DISCOVERY_STATE_DAEMON
                   || state == SHOAL_DISCOVERY_STATE_EMBEDDED;

  if (state == SHOAL_DISCOVERY_STATE_STOPPED)
    shoal_diagnosis_tell (self, SHOAL_STEP_DISCOVERY, SHOAL_CHECK_FAILED,
                          g_strdup (_("Looking for devices is switched off.")),
                          _("Give the other device's address."), "connect-by-address", NULL);
  else if (works && (itself || others > 0 || !shoal_hub_announces (hub)))
    tell_discovery (self, reason, others);
  else if (!at_last && state != SHOAL_DISCOVERY_STATE_UNAVAILABLE)
    return FALSE;
  else if (works)
    shoal_diagnosis_tell (
      self, SHOAL_STEP_DISCOVERY, SHOAL_CHECK_FAILED,
      g_strdup_printf (_("%s But not even this device's own announcement is heard."), reason),
      _("Something blocks multicast (UDP port 5353): a firewall here, or the router's “client "
        "isolation”. Give the other device's address meanwhile."), "connect-by-address", NULL);
  else
    shoal_diagnosis_tell (self, SHOAL_STEP_DISCOVERY, SHOAL_CHECK_FAILED, g_strdup (reason),
                          _("Start the system's mDNS service, or give the other device's "
                            "address."), "start-avahi", "sudo systemctl enable --now avahi-daemon");
  return TRUE;
}

static void
on_discovery_timer (gpointer user_data)
{
  ShoalDiagnosis *self = user_data;
  ShoalRuntime *runtime = engine_runtime (self->engine);

  self->timer = 0;
  if (!judge_discovery (self, shoal_runtime_now (runtime) >= self->deadline))
    self->timer
      = shoal_runtime_add_timer (runtime, DISCOVERY_INTERVAL_US, on_discovery_timer, self);
}

void
shoal_step_discovery (ShoalDiagnosis *self)
{
  ShoalRuntime *runtime = engine_runtime (self->engine);

  if (judge_discovery (self, FALSE))
    return;
  self->deadline = shoal_runtime_now (runtime) + DISCOVERY_PATIENCE_US;
  self->timer = shoal_runtime_add_timer (runtime, DISCOVERY_INTERVAL_US, on_discovery_timer, self);
}
