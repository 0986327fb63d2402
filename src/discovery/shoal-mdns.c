/* shoal-mdns.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-discovery"

#include "config.h"

#include "shoal-mdns.h"

#include "shoal-bus-watch.h"
#include "shoal-own-addresses.h"
#include "shoal-responder.h"

#include <avahi-common/domain.h>

#define DAEMON_NAME "org.freedesktop.Avahi"

/* A daemon that has not said anything by then, or is gone for so long, is done without. */
#define DAEMON_PATIENCE (3 * G_TIME_SPAN_SECOND)
#define RESTART_PATIENCE (2 * G_TIME_SPAN_SECOND)
/* A daemon that refused, or an embedded responder that failed, is tried again: doubling. */
#define FIRST_RETRY (5 * G_TIME_SPAN_SECOND)
#define LAST_RETRY (60 * G_TIME_SPAN_SECOND)
/* After a change of responders, what is not seen again within this is lost: from the change, and
 * from the moment the new one has told all it knew. */
#define SWEEP_AT_LATEST (12 * G_TIME_SPAN_SECOND)
#define SWEEP_SETTLED (3 * G_TIME_SPAN_SECOND)

/**
 * ShoalMdns:
 *
 * Chooses the responder and keeps announcements and findings over its changes.
 *
 * AUTO asks the system bus for the daemon. While it is there, all goes through it. While it is
 * not, the embedded responder works, and makes place as soon as a daemon appears. What was found
 * stays listed during such a change (a daemon's restart must not blink), and is swept afterwards
 * if the new responder does not know it.
 *
 * Lives on the engine context's thread. Must be stopped before the last reference is dropped.
 */
struct _ShoalMdns
{
  ShoalDiscovery    parent_instance;

  /* Set once, at construction. */
  ShoalMainRuntime *runtime;   /* (owned) */
  GMainContext     *context;   /* (owned) */
  ShoalMdnsMode     mode;
  ShoalSightings   *sightings; /* (owned) */

  char            **interfaces; /* (owned): names to use; none: all */
  GPtrArray        *services;  /* (owned) (element-type ShoalService) */
  GArray           *to_tell;   /* (owned) (element-type guint): of `announced` */
  guint             last_id;

  /* NULL and 0 while stopped. */
  ShoalBusWatch    *watch;       /* (owned) (nullable): not if only embedded */
  ShoalAddressWatch *address_watch; /* (owned) (nullable): while not all interfaces are used */
  ShoalResponder   *responder;   /* (owned) (nullable) */
  gboolean          is_embedded; /* the responder */
  GDBusConnection  *bus;         /* (owned) (nullable): with a daemon on it, */
  char             *owner;       /* (owned) (nullable): whose name this is */
  char             *no_daemon;   /* (owned) (nullable): why there is none */
  gint64            delay;
  guint             wait_timer, retry_timer, sweep_timer, tell_timer;
};

G_DEFINE_FINAL_TYPE (ShoalMdns, shoal_mdns, SHOAL_TYPE_DISCOVERY)

static void use_embedded (ShoalMdns *self);
static void use_daemon (ShoalMdns *self);

static gboolean
is_running (ShoalMdns *self)
{
  return shoal_discovery_get_state (SHOAL_DISCOVERY (self)) != SHOAL_DISCOVERY_STATE_STOPPED;
}

static void
clear_timer (ShoalMdns *self, guint *timer)
{
  shoal_runtime_clear_timer (SHOAL_RUNTIME (self->runtime), timer);
}

static void
set_timer (ShoalMdns *self, guint *timer, gint64 delay, ShoalTimerFunc func)
{
  clear_timer (self, timer);
  *timer = shoal_runtime_add_timer (SHOAL_RUNTIME (self->runtime), delay, func, self);
}

/* --- Found --------------------------------------------------------------- */

static void
on_sighting (ShoalSightingEvent event, const ShoalNearby *nearby, gpointer user_data)
{
  ShoalDiscovery *self = user_data;

  if (!is_running (user_data))
    return;

  switch (event)
    {
    case SHOAL_SIGHTING_FOUND:
      shoal_discovery_tell_found (self, nearby);
      break;

    case SHOAL_SIGHTING_CHANGED:
      shoal_discovery_tell_changed (self, nearby);
      break;

    case SHOAL_SIGHTING_LOST:
      shoal_discovery_tell_lost (self, nearby);
      break;

    default:
      g_assert_not_reached ();
    }
}

static void
on_sweep (gpointer user_data)
{
  ShoalMdns *self = user_data;

  self->sweep_timer = 0;
  shoal_sightings_sweep (self->sightings);
}

/* --- Responders ---------------------------------------------------------- */

static void
drop_responder (ShoalMdns *self)
{
  if (self->responder == NULL)
    return;

  for (guint i = 0; i < self->services->len; i++)
    ((ShoalService *) g_ptr_array_index (self->services, i))->slot = NULL;
  self->responder->free (self->responder);
  self->responder = NULL;
  shoal_sightings_mark (self->sightings);
  set_timer (self, &self->sweep_timer, SWEEP_AT_LATEST, on_sweep);
}

static void
on_retry (gpointer user_data)
{
  ShoalMdns *self = user_data;

  self->retry_timer = 0;
  if (self->owner != NULL)
    use_daemon (self);
  else if (self->mode == SHOAL_MDNS_AUTO || self->mode == SHOAL_MDNS_EMBEDDED)
    use_embedded (self);
}

static void
retry_later (ShoalMdns *self)
{
  self->delay = CLAMP (self->delay * 2, FIRST_RETRY, LAST_RETRY);
  set_timer (self, &self->retry_timer, self->delay, on_retry);
}

static void
on_ready (gpointer user_data)
{
  ShoalMdns *self = user_data;
  g_autofree char *reason = NULL;

  if (!self->is_embedded)
    {
      self->delay = 0;
      shoal_discovery_set_state (SHOAL_DISCOVERY (self), SHOAL_DISCOVERY_STATE_DAEMON,
                                 "The system's mDNS daemon (avahi-daemon) looks for devices.");
      return;
    }
  reason = g_strconcat (self->no_daemon != NULL ? self->no_daemon : "",
                        self->no_daemon != NULL ? " " : "", "Shoal itself looks for devices.",
                        NULL);
  shoal_discovery_set_state (SHOAL_DISCOVERY (self), SHOAL_DISCOVERY_STATE_EMBEDDED, reason);
}

static void
on_failed (const char *reason, gpointer user_data)
{
  ShoalMdns *self = user_data;
  gboolean was_embedded = self->is_embedded;
  g_autofree char *copy = g_strdup (reason);

  drop_responder (self);
  retry_later (self);
  if (!was_embedded)
    {
      g_free (self->no_daemon);
      self->no_daemon = g_strdup (copy);
      if (self->mode == SHOAL_MDNS_AUTO)
        {
          use_embedded (self);
          return;
        }
    }
  shoal_discovery_set_state (SHOAL_DISCOVERY (self), SHOAL_DISCOVERY_STATE_STARTING, copy);
  if (is_running (self))
    shoal_discovery_set_state (SHOAL_DISCOVERY (self), SHOAL_DISCOVERY_STATE_UNAVAILABLE, copy);
}

static void
on_all_told (gpointer user_data)
{
  ShoalMdns *self = user_data;

  if (self->sweep_timer != 0)
    set_timer (self, &self->sweep_timer, SWEEP_SETTLED, on_sweep);
}

static void
on_tell (gpointer user_data)
{
  ShoalMdns *self = user_data;
  g_autoptr (GArray) ids = self->to_tell;

  self->tell_timer = 0;
  self->to_tell = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < ids->len; i++)
    for (guint j = 0; j < self->services->len && is_running (self); j++)
      {
        const ShoalService *service = g_ptr_array_index (self->services, j);

        if (service->id == g_array_index (ids, guint, i))
          {
            g_autofree char *name = g_strdup (service->name);

            shoal_discovery_tell_announced (SHOAL_DISCOVERY (self), service->id, name);
            break;
          }
      }
}

/* Told later: the responder cannot be stopped from inside its own call. */
static void
on_announced (ShoalService *service, gpointer user_data)
{
  ShoalMdns *self = user_data;

  g_array_append_val (self->to_tell, service->id);
  if (self->tell_timer == 0)
    set_timer (self, &self->tell_timer, 0, on_tell);
}

static const ShoalResponderEvents responder_events = {
  .ready = on_ready,
  .failed = on_failed,
  .settled = on_all_told,
  .announced = on_announced,
};

static void
use (ShoalMdns *self, gboolean embedded)
{
  const ShoalResponder base = {
    .runtime = SHOAL_RUNTIME (self->runtime),
    .context = self->context,
    .sightings = self->sightings,
    .interfaces = (const char *const *) self->interfaces,
    .events = &responder_events,
    .user_data = self,
  };

  clear_timer (self, &self->wait_timer);
  drop_responder (self);
  self->is_embedded = embedded;
  if (embedded)
    self->responder = shoal_embedded_responder_new (&base);
  else
    self->responder = shoal_daemon_responder_new (&base, self->bus, self->owner,
                                                  self->mode == SHOAL_MDNS_OLD_DAEMON);
  for (guint i = 0; i < self->services->len; i++)
    self->responder->publish (self->responder, g_ptr_array_index (self->services, i));
  /* Last: a listener may stop everything. */
  shoal_discovery_set_state (SHOAL_DISCOVERY (self), SHOAL_DISCOVERY_STATE_STARTING,
                             embedded ? "Starting to look for devices."
                                      : "Asking the system's mDNS daemon (avahi-daemon).");
}

static void
use_embedded (ShoalMdns *self)
{
  use (self, TRUE);
}

static void
use_daemon (ShoalMdns *self)
{
  clear_timer (self, &self->retry_timer);
  use (self, FALSE);
}

/* --- Interfaces ---------------------------------------------------------- */

/* One that was chosen may have come. The embedded responder sees to that itself. */
static void
on_addresses_changed (gpointer user_data)
{
  ShoalMdns *self = user_data;

  if (self->responder == NULL || self->is_embedded)
    return;
  for (guint i = 0; i < self->services->len; i++)
    self->responder->publish (self->responder, g_ptr_array_index (self->services, i));
}

static void
watch_addresses (ShoalMdns *self)
{
  gboolean wanted = is_running (self) && self->interfaces[0] != NULL;

  if (wanted && self->address_watch == NULL)
    self->address_watch = shoal_address_watch_new (SHOAL_RUNTIME (self->runtime), self->context,
                                                   on_addresses_changed, self);
  else if (!wanted)
    g_clear_pointer (&self->address_watch, shoal_address_watch_free);
}

/* The responder begins anew; what it does not find again is swept. */
static void
shoal_mdns_set_interfaces (ShoalDiscovery *discovery, const char *const *names)
{
  ShoalMdns *self = SHOAL_MDNS (discovery);
  g_auto (GStrv) wanted = names != NULL ? g_strdupv ((char **) names) : g_new0 (char *, 1);
  g_auto (GStrv) old = NULL; /* in use by the responder until it goes */

  if (g_strv_equal ((const char *const *) self->interfaces, (const char *const *) wanted))
    return;
  old = g_steal_pointer (&self->interfaces);
  self->interfaces = g_steal_pointer (&wanted);
  watch_addresses (self);
  if (self->responder != NULL)
    {
      /* The daemon keeps what is not taken back while the bus is there. */
      for (guint i = 0; i < self->services->len; i++)
        self->responder->withdraw (self->responder, g_ptr_array_index (self->services, i));
      use (self, self->is_embedded);
    }
}

/* --- The daemon comes and goes ------------------------------------------- */

static void
on_waited (gpointer user_data)
{
  ShoalMdns *self = user_data;

  self->wait_timer = 0;
  use_embedded (self);
}

static void
on_daemon_appeared (GDBusConnection *bus, const char *owner, gpointer user_data)
{
  ShoalMdns *self = user_data;

  g_set_object (&self->bus, bus);
  g_free (self->owner);
  self->owner = g_strdup (owner);
  g_clear_pointer (&self->no_daemon, g_free);
  use_daemon (self);
}

static void
on_daemon_vanished (const char *reason, gpointer user_data)
{
  ShoalMdns *self = user_data;
  gboolean had_one = self->owner != NULL;

  g_free (self->no_daemon);
  self->no_daemon = g_strdup (reason);
  g_clear_object (&self->bus);
  g_clear_pointer (&self->owner, g_free);
  if (self->responder != NULL && self->is_embedded)
    return;

  drop_responder (self);
  if (self->mode == SHOAL_MDNS_AUTO)
    {
      /* One that just restarts is back soon. */
      if (had_one)
        set_timer (self, &self->wait_timer, RESTART_PATIENCE, on_waited);
      else
        {
          use_embedded (self);
          return;
        }
    }

  shoal_discovery_set_state (SHOAL_DISCOVERY (self), SHOAL_DISCOVERY_STATE_STARTING, reason);
  if (self->mode != SHOAL_MDNS_AUTO && is_running (self))
    shoal_discovery_set_state (SHOAL_DISCOVERY (self), SHOAL_DISCOVERY_STATE_UNAVAILABLE, reason);
}

static void
shoal_mdns_start (ShoalDiscovery *discovery)
{
  ShoalMdns *self = SHOAL_MDNS (discovery);

  if (self->mode == SHOAL_MDNS_EMBEDDED)
    {
      use_embedded (self);
      watch_addresses (self);
      return;
    }

  self->watch = shoal_bus_watch_new (SHOAL_RUNTIME (self->runtime), self->context, DAEMON_NAME,
                                     on_daemon_appeared, on_daemon_vanished, self);
  if (self->mode == SHOAL_MDNS_AUTO)
    set_timer (self, &self->wait_timer, DAEMON_PATIENCE, on_waited);
  shoal_discovery_set_state (discovery, SHOAL_DISCOVERY_STATE_STARTING,
                             "Asking for the system's mDNS daemon (avahi-daemon).");
  watch_addresses (self);
}

static void
on_stopped (gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  g_task_return_boolean (task, TRUE);
}

static void
shoal_mdns_stop_async (ShoalDiscovery *discovery, GTask *task)
{
  ShoalMdns *self = SHOAL_MDNS (discovery);

  drop_responder (self);
  g_clear_pointer (&self->address_watch, shoal_address_watch_free);
  clear_timer (self, &self->wait_timer);
  clear_timer (self, &self->retry_timer);
  clear_timer (self, &self->sweep_timer);
  clear_timer (self, &self->tell_timer);
  g_array_set_size (self->to_tell, 0);
  shoal_sightings_clear (self->sightings);
  g_clear_object (&self->bus);
  g_clear_pointer (&self->owner, g_free);
  g_clear_pointer (&self->no_daemon, g_free);
  self->delay = 0;

  if (self->watch != NULL)
    shoal_bus_watch_free (g_steal_pointer (&self->watch), on_stopped, task);
  else
    shoal_runtime_add_timer (SHOAL_RUNTIME (self->runtime), 0, on_stopped, task);
  if (is_running (self))
    shoal_discovery_set_state (discovery, SHOAL_DISCOVERY_STATE_STOPPED,
                               "Looking for other devices is switched off.");
}

/* --- Announced ----------------------------------------------------------- */

static void
service_free (ShoalService *self)
{
  g_free (self->name);
  g_bytes_unref (self->txt);
  g_free (self);
}

static ShoalService *
find_service (ShoalMdns *self, guint id)
{
  for (guint i = 0; i < self->services->len; i++)
    {
      ShoalService *service = g_ptr_array_index (self->services, i);

      if (service->id == id)
        return service;
    }
  return NULL;
}

/* At most what DNS-SD allows, whole characters. */
static char *
cut_name (const char *instance)
{
  const char *end = instance;

  while (*end != '\0' && g_utf8_next_char (end) - instance < AVAHI_LABEL_MAX)
    end = g_utf8_next_char (end);
  return g_strndup (instance, (gsize) (end - instance));
}

static guint
shoal_mdns_announce (ShoalDiscovery *discovery,
                     const char     *instance,
                     uint16_t        port,
                     GBytes         *txt)
{
  ShoalMdns *self = SHOAL_MDNS (discovery);
  ShoalService *service = g_new0 (ShoalService, 1);

  service->id = ++self->last_id;
  service->name = cut_name (instance);
  service->port = port;
  service->txt = g_bytes_ref (txt);
  g_ptr_array_add (self->services, service);
  if (self->responder != NULL)
    self->responder->publish (self->responder, service);
  return service->id;
}

static void
shoal_mdns_change (ShoalDiscovery *discovery, guint id, uint16_t port, GBytes *txt)
{
  ShoalMdns *self = SHOAL_MDNS (discovery);
  ShoalService *service = find_service (self, id);
  gboolean moved;

  g_return_if_fail (service != NULL);

  moved = service->port != port;
  if (!moved && g_bytes_equal (service->txt, txt))
    return;
  service->port = port;
  g_bytes_unref (service->txt);
  service->txt = g_bytes_ref (txt);
  if (self->responder != NULL && moved)
    self->responder->publish (self->responder, service);
  else if (self->responder != NULL)
    self->responder->update (self->responder, service);
}

static void
shoal_mdns_withdraw (ShoalDiscovery *discovery, guint id)
{
  ShoalMdns *self = SHOAL_MDNS (discovery);
  ShoalService *service = find_service (self, id);

  g_return_if_fail (service != NULL);

  if (self->responder != NULL)
    self->responder->withdraw (self->responder, service);
  g_ptr_array_remove (self->services, service);
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_mdns_finalize (GObject *object)
{
  ShoalMdns *self = SHOAL_MDNS (object);

  g_assert (self->responder == NULL && self->watch == NULL);
  shoal_sightings_free (self->sightings);
  g_ptr_array_unref (self->services);
  g_strfreev (self->interfaces);
  g_array_unref (self->to_tell);
  g_main_context_unref (self->context);
  g_object_unref (self->runtime);

  G_OBJECT_CLASS (shoal_mdns_parent_class)->finalize (object);
}

static void
shoal_mdns_class_init (ShoalMdnsClass *klass)
{
  ShoalDiscoveryClass *discovery_class = SHOAL_DISCOVERY_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = shoal_mdns_finalize;
  discovery_class->start = shoal_mdns_start;
  discovery_class->stop_async = shoal_mdns_stop_async;
  discovery_class->announce = shoal_mdns_announce;
  discovery_class->change = shoal_mdns_change;
  discovery_class->withdraw = shoal_mdns_withdraw;
  discovery_class->set_interfaces = shoal_mdns_set_interfaces;
}

static void
shoal_mdns_init (ShoalMdns *self)
{
  self->interfaces = g_new0 (char *, 1);
  self->services = g_ptr_array_new_with_free_func ((GDestroyNotify) service_free);
  self->to_tell = g_array_new (FALSE, FALSE, sizeof (guint));
}

/* --- Public -------------------------------------------------------------- */

ShoalDiscovery *
shoal_mdns_new (ShoalMainRuntime *runtime, ShoalMdnsMode mode)
{
  ShoalMdns *self;

  g_return_val_if_fail (SHOAL_IS_MAIN_RUNTIME (runtime), NULL);

  self = g_object_new (SHOAL_TYPE_MDNS, NULL);
  self->runtime = g_object_ref (runtime);
  self->context = g_main_context_ref (shoal_main_runtime_get_context (runtime));
  self->mode = mode;
  self->sightings = shoal_sightings_new (SHOAL_RUNTIME (runtime), on_sighting, self);
  return SHOAL_DISCOVERY (self);
}
