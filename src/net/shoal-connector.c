/* shoal-connector.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-connector.h"

#include "shoal-address.h"
#include "shoal-error.h"
#include "shoal-limits.h"
#include "shoal-quic-dial.h"
#include "shoal-thread.h"
#include "shoal-tls-link.h"

/* RFC 8305's recommended delay between attempts. */
#define STAGGER (250 * 1000)

struct _ShoalConnector
{
  GObject           parent_instance;

  /* Set once, at construction. */
  ShoalOwnerThread  owner;
  ShoalMainRuntime *runtime;  /* (owned) */
  ShoalIdentity    *identity; /* (owned) */
  ShoalInterfaces  *interfaces; /* (owned) (nullable): all */
};

G_DEFINE_FINAL_TYPE (ShoalConnector, shoal_connector, G_TYPE_OBJECT)

/* Where to, and how. */
typedef struct
{
  GSocketAddress *address; /* (owned) */
  ShoalCarrier    carrier;
} Way;

/* One call of connect_async(): owned by its timers, lookups and attempts, all
 * of which finish() ends before it frees the dial. */
typedef struct
{
  GTask        *task;           /* (owned); its source object is the connector */
  ShoalRuntime *runtime;        /* (unowned): the connector's */
  GArray       *ways;           /* of Way */
  guint         n_addresses;
  guint         n_tried;        /* ways */
  GPtrArray    *attempts;       /* of ShoalLink (owned), those not yet over */
  gboolean      has_expected;
  ShoalDeviceId expected;
  guint         stagger_timer;
  guint         timeout_timer;
  GSource      *cancel_source;  /* (owned) (nullable) */
  GError       *error;          /* (owned) (nullable): the most telling so far */
} Dial;

/* A lookup cannot be ended at once: it may outlive its dial. */
typedef struct
{
  Dial         *dial;           /* (nullable): over when the dial is */
  GCancellable *cancellable;    /* (owned) */
  char         *host;           /* (owned) */
  guint16       port;
} Lookup;

static void
clear_way (gpointer way)
{
  g_object_unref (((Way *) way)->address);
}

/* --- The end of a dial --------------------------------------------------- */

static void
free_dial (Dial *dial)
{
  shoal_runtime_clear_timer (dial->runtime, &dial->stagger_timer);
  shoal_runtime_clear_timer (dial->runtime, &dial->timeout_timer);
  if (dial->cancel_source != NULL)
    {
      g_source_destroy (dial->cancel_source);
      g_source_unref (dial->cancel_source);
    }
  g_clear_pointer (&dial->attempts, g_ptr_array_unref);
  g_clear_pointer (&dial->ways, g_array_unref);
  g_clear_error (&dial->error);
  g_free (dial);
}

/* Takes @link or @error. The dial is gone afterwards. */
static void
finish (Dial *dial, ShoalLink *link, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&dial->task);
  Lookup *lookup = g_object_get_data (G_OBJECT (task), "lookup");

  if (lookup != NULL)
    {
      lookup->dial = NULL;
      g_cancellable_cancel (lookup->cancellable);
    }
  free_dial (dial);
  if (link != NULL)
    g_task_return_pointer (task, link, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
finish_cancelled (Dial *dial)
{
  finish (dial, NULL, shoal_error_new (SHOAL_ERROR_CANCELLED, SHOAL_SIDE_HERE, NULL,
                                       "Connecting was cancelled"));
}

/* How much an error tells: one answer is worth more than any silence. */
static int
get_weight (const GError *error)
{
  static const ShoalErrorCode ORDER[] = {
    SHOAL_ERROR_UNREACHABLE, SHOAL_ERROR_CLOSED, SHOAL_ERROR_TIMED_OUT, SHOAL_ERROR_PROTOCOL,
    SHOAL_ERROR_VERSION, SHOAL_ERROR_REFUSED, SHOAL_ERROR_INVALID, SHOAL_ERROR_WRONG_KEY,
  };

  for (guint i = 0; i < G_N_ELEMENTS (ORDER); i++)
    if (g_error_matches (error, SHOAL_ERROR, (int) ORDER[i]))
      return 2 * (int) i + (shoal_error_get_side (error) == SHOAL_SIDE_THERE);
  return -1;
}

static void
keep_error (Dial *dial, const GError *error)
{
  if (dial->error != NULL && get_weight (dial->error) >= get_weight (error))
    return;
  g_clear_error (&dial->error);
  dial->error = g_error_copy (error);
}

/* --- Attempts ------------------------------------------------------------ */

static void try_next (Dial *dial);

static void
take (Dial *dial, ShoalLink *link, const GError *error)
{
  if (error == NULL)
    {
      finish (dial, g_object_ref (link), NULL);
      return;
    }
  keep_error (dial, error);
  g_ptr_array_remove (dial->attempts, link);
  try_next (dial);
}

static void
on_tls_ready (ShoalTlsLink *link, const GError *error, gpointer user_data)
{
  take (user_data, SHOAL_LINK (link), error);
}

static void
on_quic_ready (ShoalQuicLink *link, const GError *error, gpointer user_data)
{
  take (user_data, SHOAL_LINK (link), error);
}

static void
on_stagger (gpointer user_data)
{
  Dial *dial = user_data;

  dial->stagger_timer = 0;
  try_next (dial);
}

static ShoalLink *
try (Dial *dial, const Way *way)
{
  ShoalConnector *self = g_task_get_source_object (dial->task);
  const ShoalDeviceId *expected = dial->has_expected ? &dial->expected : NULL;

  if (way->carrier == SHOAL_CARRIER_QUIC)
    return SHOAL_LINK (shoal_quic_dial (self->runtime, self->identity, way->address, expected,
                                        SHOAL_CONGESTION_BBR, on_quic_ready, dial));
  return SHOAL_LINK (shoal_tls_link_dial (self->runtime, self->identity, way->address, expected,
                                          on_tls_ready, dial));
}

/* Starts the next attempt, or ends the dial when the last has failed. */
static void
try_next (Dial *dial)
{
  shoal_runtime_clear_timer (dial->runtime, &dial->stagger_timer);
  if (dial->n_tried < dial->ways->len)
    {
      g_ptr_array_add (dial->attempts, try (dial, &g_array_index (dial->ways, Way, dial->n_tried)));
      dial->n_tried++;
      if (dial->n_tried < dial->ways->len)
        dial->stagger_timer = shoal_runtime_add_timer (dial->runtime, STAGGER, on_stagger, dial);
    }
  else if (dial->attempts->len == 0)
    {
      if (dial->error == NULL)
        shoal_error_set (&dial->error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                         "Give its address.", "No address of that device is known");
      finish (dial, NULL, g_steal_pointer (&dial->error));
    }
}

static void
on_timeout (gpointer user_data)
{
  Dial *dial = user_data;

  dial->timeout_timer = 0;
  for (guint i = 0; i < dial->attempts->len; i++)
    {
      ShoalLink *link = g_ptr_array_index (dial->attempts, i);
      g_autoptr (GError) error = SHOAL_IS_QUIC_LINK (link)
                                   ? shoal_quic_link_new_timeout_error (SHOAL_QUIC_LINK (link))
                                   : shoal_tls_link_new_timeout_error (SHOAL_TLS_LINK (link));

      keep_error (dial, error);
    }
  if (dial->error == NULL)
    shoal_error_set (&dial->error, SHOAL_ERROR_UNREACHABLE, SHOAL_SIDE_NETWORK,
                     "Give the device's address in numbers.",
                     "The name server does not answer in time");
  finish (dial, NULL, g_steal_pointer (&dial->error));
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  finish_cancelled (user_data);
  return G_SOURCE_REMOVE;
}

static Dial *
new_dial (ShoalConnector *self, const ShoalDeviceId *expected, gint64 timeout,
          GCancellable *cancellable, GTask *task)
{
  Dial *dial = g_new0 (Dial, 1);

  dial->task = task;
  dial->runtime = SHOAL_RUNTIME (self->runtime);
  dial->ways = g_array_new (FALSE, FALSE, sizeof (Way));
  g_array_set_clear_func (dial->ways, clear_way);
  dial->attempts = g_ptr_array_new_with_free_func (g_object_unref);
  if (expected != NULL)
    {
      dial->has_expected = TRUE;
      dial->expected = *expected;
    }
  if (timeout <= 0)
    timeout = SHOAL_HANDSHAKE_SECONDS * G_USEC_PER_SEC;
  dial->timeout_timer = shoal_runtime_add_timer (dial->runtime, timeout, on_timeout, dial);
  if (cancellable != NULL)
    {
      dial->cancel_source = g_cancellable_source_new (cancellable);
      g_source_set_callback (dial->cancel_source, G_SOURCE_FUNC (on_cancelled), dial, NULL);
      g_source_attach (dial->cancel_source, shoal_main_runtime_get_context (self->runtime));
    }
  return dial;
}

static void
add_way (Dial *dial, ShoalCarrier carrier, GSocketAddress *address)
{
  ShoalConnector *self = g_task_get_source_object (dial->task);
  g_autoptr (GPtrArray) routes = NULL;

  if (self->interfaces == NULL || shoal_interfaces_are_all (self->interfaces))
    {
      g_array_append_val (dial->ways, ((Way){ g_object_ref (address), carrier }));
      return;
    }

  routes = shoal_interfaces_route (self->interfaces, address);
  for (guint i = 0; i < routes->len; i++)
    g_array_append_val (dial->ways,
                        ((Way){ g_object_ref (g_ptr_array_index (routes, i)), carrier }));
  if (routes->len == 0 && dial->error == NULL)
    {
      g_autofree char *text = shoal_address_to_text (address);

      shoal_error_set (&dial->error, SHOAL_ERROR_UNREACHABLE, SHOAL_SIDE_HERE,
                       "Choose other network interfaces in the preferences, or connect them.",
                       "No network interface that may be used leads to %s", text);
    }
}

/* On this network TCP is faster. Across others QUIC is, where it gets through
 * (tests/bench/wan.py). */
static void
add_address (Dial *dial, GSocketAddress *address)
{
  if (dial->n_addresses++ >= SHOAL_MAX_PEER_ADDRESSES)
    return;
  if (shoal_address_get_path (address) != SHOAL_PATH_LOCAL)
    add_way (dial, SHOAL_CARRIER_QUIC, address);
  add_way (dial, SHOAL_CARRIER_TCP, address);
}

/* --- Host names ---------------------------------------------------------- */

static void
free_lookup (Lookup *lookup)
{
  g_clear_object (&lookup->cancellable);
  g_free (lookup->host);
  g_free (lookup);
}

/* Both families in turn, beginning with the resolver's first choice: so one
 * broken family costs a stagger, not all of them. */
static void
add_interleaved (Dial *dial, GList *found, guint16 port)
{
  g_autoptr (GList) rest = g_list_copy (found);
  GSocketFamily last = G_SOCKET_FAMILY_INVALID;

  while (rest != NULL)
    {
      GList *pick = rest;
      g_autoptr (GSocketAddress) address = NULL;

      while (pick != NULL && g_inet_address_get_family (pick->data) == last)
        pick = pick->next;
      if (pick == NULL)
        pick = rest;
      last = g_inet_address_get_family (pick->data);
      address = g_inet_socket_address_new (pick->data, port);
      add_address (dial, address);
      rest = g_list_delete_link (rest, pick);
    }
}

static void
on_looked_up (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Lookup *lookup = user_data;
  Dial *dial = lookup->dial;
  g_autoptr (GError) error = NULL;
  GList *found = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);

  if (dial != NULL)
    {
      g_object_set_data (G_OBJECT (dial->task), "lookup", NULL);
      add_interleaved (dial, found, lookup->port);
      if (found == NULL)
        shoal_error_set (&dial->error, SHOAL_ERROR_UNREACHABLE, SHOAL_SIDE_NETWORK,
                         "Check the spelling, or give the device's address in numbers.",
                         "No computer is called “%s”: %s", lookup->host,
                         error != NULL ? error->message : "no address");
      try_next (dial);
    }
  g_resolver_free_addresses (found);
  free_lookup (lookup);
}

static void
look_up (Dial *dial, const char *host, guint16 port)
{
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  Lookup *lookup = g_new0 (Lookup, 1);

  lookup->dial = dial;
  lookup->cancellable = g_cancellable_new ();
  lookup->host = g_strdup (host);
  lookup->port = port;
  g_object_set_data (G_OBJECT (dial->task), "lookup", lookup);
  g_resolver_lookup_by_name_async (resolver, host, lookup->cancellable, on_looked_up, lookup);
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_connector_finalize (GObject *object)
{
  ShoalConnector *self = SHOAL_CONNECTOR (object);

  g_clear_object (&self->runtime);
  g_clear_pointer (&self->identity, shoal_identity_unref);
  g_clear_pointer (&self->interfaces, shoal_interfaces_unref);

  G_OBJECT_CLASS (shoal_connector_parent_class)->finalize (object);
}

static void
shoal_connector_class_init (ShoalConnectorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = shoal_connector_finalize;
}

static void
shoal_connector_init (ShoalConnector *self)
{
  shoal_owner_thread_init (&self->owner);
}

/* --- Public -------------------------------------------------------------- */

ShoalConnector *
shoal_connector_new (ShoalMainRuntime *runtime, ShoalIdentity *identity)
{
  ShoalConnector *self;

  g_return_val_if_fail (SHOAL_IS_MAIN_RUNTIME (runtime) && identity != NULL, NULL);

  self = g_object_new (SHOAL_TYPE_CONNECTOR, NULL);
  self->runtime = g_object_ref (runtime);
  self->identity = shoal_identity_ref (identity);
  return self;
}

void
shoal_connector_set_interfaces (ShoalConnector *self, ShoalInterfaces *interfaces)
{
  g_return_if_fail (SHOAL_IS_CONNECTOR (self) && self->interfaces == NULL);

  self->interfaces = shoal_interfaces_ref (interfaces);
}

void
shoal_connector_connect_async (ShoalConnector *self, GPtrArray *addresses,
                               const ShoalDeviceId *expected, gint64 timeout,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task;
  Dial *dial;

  g_return_if_fail (SHOAL_IS_CONNECTOR (self) && addresses != NULL);
  shoal_owner_thread_assert (&self->owner);

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, shoal_connector_connect_async);
  dial = new_dial (self, expected, timeout, cancellable, task);
  for (guint i = 0; i < addresses->len; i++)
    add_address (dial, g_ptr_array_index (addresses, i));
  dial->stagger_timer = shoal_runtime_add_timer (dial->runtime, 0, on_stagger, dial);
}

void
shoal_connector_connect_to_host_async (ShoalConnector *self, const char *host_and_port,
                                       const ShoalDeviceId *expected, gint64 timeout,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  g_autoptr (GSocketAddress) address = NULL;
  g_autofree char *host = NULL;
  guint16 port;
  GTask *task;
  Dial *dial;

  g_return_if_fail (SHOAL_IS_CONNECTOR (self) && host_and_port != NULL);
  shoal_owner_thread_assert (&self->owner);

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, shoal_connector_connect_async);
  dial = new_dial (self, expected, timeout, cancellable, task);
  if (!shoal_address_parse (host_and_port, &address, &host, &port, &dial->error))
    dial->stagger_timer = shoal_runtime_add_timer (dial->runtime, 0, on_stagger, dial);
  else if (host != NULL)
    look_up (dial, host, port);
  else
    {
      add_address (dial, address);
      dial->stagger_timer = shoal_runtime_add_timer (dial->runtime, 0, on_stagger, dial);
    }
}

void
shoal_connector_connect_by_async (ShoalConnector *self, ShoalCarrier carrier,
                                  GSocketAddress *address, const ShoalDeviceId *expected,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  GTask *task;
  Dial *dial;

  g_return_if_fail (SHOAL_IS_CONNECTOR (self) && G_IS_SOCKET_ADDRESS (address));
  shoal_owner_thread_assert (&self->owner);

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, shoal_connector_connect_async);
  dial = new_dial (self, expected, 0, cancellable, task);
  add_way (dial, carrier, address);
  dial->stagger_timer = shoal_runtime_add_timer (dial->runtime, 0, on_stagger, dial);
}

ShoalLink *
shoal_connector_connect_finish (ShoalConnector *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
