/* shoal-discovery.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-discovery"

#include "config.h"

#include "shoal-discovery.h"

#include "shoal-state.h"
#include "shoal-thread.h"

typedef struct
{
  ShoalOwnerThread              owner;
  ShoalDiscoveryState           state;
  char                         *reason;   /* (owned) */
  const ShoalDiscoveryListener *listener; /* (unowned) (nullable) */
  gpointer                      user_data;
} ShoalDiscoveryPrivate;

G_DEFINE_ENUM_TYPE (ShoalDiscoveryState, shoal_discovery_state,
  G_DEFINE_ENUM_VALUE (SHOAL_DISCOVERY_STATE_STOPPED, "stopped"),
  G_DEFINE_ENUM_VALUE (SHOAL_DISCOVERY_STATE_STARTING, "starting"),
  G_DEFINE_ENUM_VALUE (SHOAL_DISCOVERY_STATE_DAEMON, "daemon"),
  G_DEFINE_ENUM_VALUE (SHOAL_DISCOVERY_STATE_EMBEDDED, "embedded"),
  G_DEFINE_ENUM_VALUE (SHOAL_DISCOVERY_STATE_UNAVAILABLE, "unavailable"))

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (ShoalDiscovery, shoal_discovery, G_TYPE_OBJECT)

#define PRIVATE(self) \
  ((ShoalDiscoveryPrivate *) shoal_discovery_get_instance_private (SHOAL_DISCOVERY (self)))

static const ShoalStateEdge EDGES[] = {
  { SHOAL_DISCOVERY_STATE_STOPPED,     SHOAL_DISCOVERY_STATE_STARTING },    /* start */
  { SHOAL_DISCOVERY_STATE_STARTING,    SHOAL_DISCOVERY_STATE_DAEMON },      /* it answered */
  { SHOAL_DISCOVERY_STATE_STARTING,    SHOAL_DISCOVERY_STATE_EMBEDDED },    /* there is none */
  { SHOAL_DISCOVERY_STATE_STARTING,    SHOAL_DISCOVERY_STATE_UNAVAILABLE }, /* neither works */
  { SHOAL_DISCOVERY_STATE_DAEMON,      SHOAL_DISCOVERY_STATE_STARTING },    /* it went away */
  { SHOAL_DISCOVERY_STATE_EMBEDDED,    SHOAL_DISCOVERY_STATE_STARTING },    /* it appeared */
  { SHOAL_DISCOVERY_STATE_UNAVAILABLE, SHOAL_DISCOVERY_STATE_STARTING },    /* another attempt */
  { SHOAL_DISCOVERY_STATE_STARTING,    SHOAL_DISCOVERY_STATE_STOPPED },     /* stop */
  { SHOAL_DISCOVERY_STATE_DAEMON,      SHOAL_DISCOVERY_STATE_STOPPED },
  { SHOAL_DISCOVERY_STATE_EMBEDDED,    SHOAL_DISCOVERY_STATE_STOPPED },
  { SHOAL_DISCOVERY_STATE_UNAVAILABLE, SHOAL_DISCOVERY_STATE_STOPPED },
};

static void
shoal_discovery_finalize (GObject *object)
{
  g_free (PRIVATE (object)->reason);

  G_OBJECT_CLASS (shoal_discovery_parent_class)->finalize (object);
}

static void
shoal_discovery_class_init (ShoalDiscoveryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = shoal_discovery_finalize;
}

static void
shoal_discovery_init (ShoalDiscovery *self)
{
  shoal_owner_thread_init (&PRIVATE (self)->owner);
  PRIVATE (self)->reason = g_strdup ("Looking for other devices has not been started.");
}

/* --- Public -------------------------------------------------------------- */

void
shoal_discovery_set_listener (ShoalDiscovery               *self,
                              const ShoalDiscoveryListener *listener,
                              gpointer                      user_data)
{
  g_return_if_fail (SHOAL_IS_DISCOVERY (self));
  shoal_owner_thread_assert (&PRIVATE (self)->owner);

  PRIVATE (self)->listener = listener;
  PRIVATE (self)->user_data = user_data;
}

void
shoal_discovery_start (ShoalDiscovery *self)
{
  g_return_if_fail (SHOAL_IS_DISCOVERY (self));
  shoal_owner_thread_assert (&PRIVATE (self)->owner);

  if (PRIVATE (self)->state == SHOAL_DISCOVERY_STATE_STOPPED)
    SHOAL_DISCOVERY_GET_CLASS (self)->start (self);
}

void
shoal_discovery_stop_async (ShoalDiscovery *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;

  g_return_if_fail (SHOAL_IS_DISCOVERY (self));
  shoal_owner_thread_assert (&PRIVATE (self)->owner);

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, shoal_discovery_stop_async);
  SHOAL_DISCOVERY_GET_CLASS (self)->stop_async (self, task);
}

void
shoal_discovery_stop_finish (ShoalDiscovery *self, GAsyncResult *result)
{
  g_return_if_fail (g_task_is_valid (result, self));

  g_task_propagate_boolean (G_TASK (result), NULL);
}

guint
shoal_discovery_announce (ShoalDiscovery *self, const char *instance, uint16_t port, GBytes *txt)
{
  g_return_val_if_fail (SHOAL_IS_DISCOVERY (self), 0);
  g_return_val_if_fail (instance != NULL && *instance != '\0', 0);
  g_return_val_if_fail (g_utf8_validate (instance, -1, NULL), 0);
  g_return_val_if_fail (port != 0, 0);
  g_return_val_if_fail (g_bytes_get_size (txt) <= SHOAL_DISCOVERY_MAX_TXT, 0);
  shoal_owner_thread_assert (&PRIVATE (self)->owner);

  return SHOAL_DISCOVERY_GET_CLASS (self)->announce (self, instance, port, txt);
}

void
shoal_discovery_change (ShoalDiscovery *self, guint id, uint16_t port, GBytes *txt)
{
  g_return_if_fail (SHOAL_IS_DISCOVERY (self));
  g_return_if_fail (id != 0 && port != 0);
  g_return_if_fail (g_bytes_get_size (txt) <= SHOAL_DISCOVERY_MAX_TXT);
  shoal_owner_thread_assert (&PRIVATE (self)->owner);

  SHOAL_DISCOVERY_GET_CLASS (self)->change (self, id, port, txt);
}

void
shoal_discovery_withdraw (ShoalDiscovery *self, guint *id)
{
  guint which = *id;

  g_return_if_fail (SHOAL_IS_DISCOVERY (self));
  shoal_owner_thread_assert (&PRIVATE (self)->owner);

  *id = 0;
  if (which != 0)
    SHOAL_DISCOVERY_GET_CLASS (self)->withdraw (self, which);
}

void
shoal_discovery_set_interfaces (ShoalDiscovery *self, const char *const *names)
{
  g_return_if_fail (SHOAL_IS_DISCOVERY (self));

  SHOAL_DISCOVERY_GET_CLASS (self)->set_interfaces (self, names);
}

ShoalDiscoveryState
shoal_discovery_get_state (ShoalDiscovery *self)
{
  g_return_val_if_fail (SHOAL_IS_DISCOVERY (self), SHOAL_DISCOVERY_STATE_STOPPED);

  return PRIVATE (self)->state;
}

const char *
shoal_discovery_get_reason (ShoalDiscovery *self)
{
  g_return_val_if_fail (SHOAL_IS_DISCOVERY (self), "");

  return PRIVATE (self)->reason;
}

/* --- For subclasses ------------------------------------------------------ */

#define TELL(self, event, ...) \
  G_STMT_START \
    { \
      ShoalDiscoveryPrivate *priv_ = PRIVATE (self); \
      if (priv_->listener != NULL && priv_->listener->event != NULL) \
        priv_->listener->event (self, __VA_ARGS__); \
    } \
  G_STMT_END

void
shoal_discovery_set_state (ShoalDiscovery *self, ShoalDiscoveryState state, const char *reason)
{
  ShoalDiscoveryPrivate *priv = PRIVATE (self);
  gboolean same = strcmp (priv->reason, reason) == 0;

  if (state == priv->state && same)
    return;
  if (state != priv->state
      && !shoal_state_step (SHOAL_TYPE_DISCOVERY_STATE, EDGES, G_N_ELEMENTS (EDGES),
                            (int) priv->state, (int) state))
    return;

  priv->state = state;
  if (!same)
    {
      g_free (priv->reason);
      priv->reason = g_strdup (reason);
    }
  TELL (self, state, priv->user_data);
}

void
shoal_discovery_tell_found (ShoalDiscovery *self, const ShoalNearby *nearby)
{
  TELL (self, found, nearby, PRIVATE (self)->user_data);
}

void
shoal_discovery_tell_changed (ShoalDiscovery *self, const ShoalNearby *nearby)
{
  TELL (self, changed, nearby, PRIVATE (self)->user_data);
}

void
shoal_discovery_tell_lost (ShoalDiscovery *self, const ShoalNearby *nearby)
{
  TELL (self, lost, nearby, PRIVATE (self)->user_data);
}

void
shoal_discovery_tell_announced (ShoalDiscovery *self, guint id, const char *instance)
{
  TELL (self, announced, id, instance, PRIVATE (self)->user_data);
}

void
shoal_nearby_address_free (ShoalNearbyAddress *self)
{
  g_object_unref (self->address);
  g_free (self);
}
