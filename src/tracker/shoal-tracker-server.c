/* shoal-tracker-server.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-tracker"

#include "config.h"

#include "shoal-tracker-server.h"

#include "shoal-error.h"
#include "shoal-nested-context.h"
#include "shoal-swarms.h"

#include <libsoup/soup.h>
#include <string.h>

/* A socket that says nothing, not even a pong, is cut after this long. */
#define SILENT_SECONDS 90
#define PING_SECONDS 30
#define EXPIRE_SECONDS 5
/* One that does not read is cut when this much waits for it. */
#define MAX_UNREAD (1024 * 1024)
/* Messages at once and per second: a person with many friends comes back. */
#define BURST 400
#define MESSAGES_PER_SECOND 5

/* By this, libsoup's address of a client tells which one it is. */
#define CLIENT_ID "shoal-client-id"

/* One TCP connection, from its acceptance to its end. */
typedef struct
{
  ShoalTrackerServer      *server;
  ShoalSocketId            id;
  char                    *address;   /* (owned): that it counts for */
  GIOStream               *stream;    /* libsoup's; watched: its end is ours */
  SoupWebsocketConnection *websocket; /* (owned) (nullable): NULL before the upgrade */
  gint64                   heard;     /* monotonic µs: message or pong */
  size_t                   unread;    /* bytes sent since the last pong */
  double                   tokens;    /* messages it may send */
  gint64                   refilled;  /* monotonic µs */
} Client;

struct _ShoalTrackerServer
{
  ShoalTrackerOptions  options;
  ShoalRuntime        *runtime;    /* (owned) */
  GSocketService      *service;    /* (owned) */
  SoupServer          *soup;       /* (owned) */
  GPtrArray           *contexts;   /* (owned): of ShoalNestedContext (owned) (nullable) */
  ShoalSwarms         *swarms;     /* (owned) */
  GHashTable          *clients;    /* (owned): ShoalSocketId → Client (owned) */
  GHashTable          *addresses;  /* (owned): char* (owned) → number of clients */
  ShoalSocketId        last_id;
  guint                timer;      /* expiry */
  gboolean             closing;
  guint64              accepted, turned_away, bad_messages;
};

/* --- Addresses --------------------------------------------------------------- */

/* What a limit counts by: a home has an IPv4 address or an IPv6 /64. */
static char *
address_to_key (GSocketAddress *address)
{
  GInetAddress *inet;
  const guint8 *bytes;

  if (!G_IS_INET_SOCKET_ADDRESS (address))
    return g_strdup ("local");
  inet = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));
  if (g_inet_address_get_family (inet) != G_SOCKET_FAMILY_IPV6)
    return g_inet_address_to_string (inet);

  bytes = g_inet_address_to_bytes (inet);
  if (memcmp (bytes, "\0\0\0\0\0\0\0\0\0\0\xFF\xFF", 12) == 0)
    return g_strdup_printf ("%u.%u.%u.%u", bytes[12], bytes[13], bytes[14], bytes[15]);
  return g_strdup_printf ("%02x%02x:%02x%02x:%02x%02x:%02x%02x/64", bytes[0], bytes[1], bytes[2],
                          bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]);
}

/* This computer's own, where a reverse proxy may be. */
static gboolean
is_local_key (const char *key)
{
  return g_str_has_prefix (key, "127.") || g_str_equal (key, "local")
         || g_str_equal (key, "0000:0000:0000:0000/64");
}

/* Whom a proxy on this computer speaks for: what it has put last itself, as the
 * client may have written the rest. NULL: it is none, or does not say.
 * Returns: (transfer full) (nullable) */
static char *
get_forwarded_key (ShoalTrackerServer *self, const char *key, SoupServerMessage *http)
{
  const char *list = soup_message_headers_get_list (
    soup_server_message_get_request_headers (http), "X-Forwarded-For");
  const char *comma = list != NULL ? strrchr (list, ',') : NULL;
  g_autofree char *last = NULL;
  g_autoptr (GSocketAddress) address = NULL;

  if (!self->options.behind_proxy || list == NULL || !is_local_key (key))
    return NULL;
  last = g_strstrip (g_strdup (comma != NULL ? comma + 1 : list));
  address = g_inet_socket_address_new_from_string (last, 0);
  return address != NULL ? address_to_key (address) : NULL;
}

static guint
count_address (ShoalTrackerServer *self, const char *key)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->addresses, key));
}

static void
add_to_address (ShoalTrackerServer *self, const char *key, int change)
{
  guint n = count_address (self, key) + (guint) change;

  if (n == 0)
    g_hash_table_remove (self->addresses, key);
  else
    g_hash_table_insert (self->addresses, g_strdup (key), GUINT_TO_POINTER (n));
}

/* --- One client --------------------------------------------------------------- */

/* Frees it: the caller must not look at it again. */
static void
forget_client (Client *client)
{
  ShoalTrackerServer *self = client->server;

  if (client->websocket != NULL)
    g_signal_handlers_disconnect_by_data (client->websocket, client);
  shoal_swarms_drop (self->swarms, client->id);
  add_to_address (self, client->address, -1);
  g_hash_table_remove (self->clients, &client->id);
}

static void
on_stream_gone (gpointer data, GObject *where_it_was)
{
  forget_client (data);
}

/* Frees it, too. */
static void
end_client (Client *client)
{
  g_autoptr (GIOStream) stream = g_object_ref (client->stream);

  g_object_weak_unref (G_OBJECT (stream), on_stream_gone, client);
  forget_client (client);
  g_io_stream_close_async (stream, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
}

static void
free_client (gpointer data)
{
  Client *client = data;

  g_clear_object (&client->websocket);
  g_free (client->address);
  g_free (client);
}

static gboolean
may_speak (Client *client, gint64 now)
{
  double seconds = (double) (now - client->refilled) / G_USEC_PER_SEC;

  client->tokens = MIN (BURST, client->tokens + seconds * MESSAGES_PER_SECOND);
  client->refilled = now;
  if (client->tokens < 1)
    return FALSE;
  client->tokens -= 1;
  return TRUE;
}

static void
send_message (ShoalSocketId id, const ShoalTrackerMessage *message, gpointer user_data)
{
  ShoalTrackerServer *self = user_data;
  Client *client = g_hash_table_lookup (self->clients, &id);
  g_autofree char *text = NULL;

  if (client == NULL || client->websocket == NULL
      || soup_websocket_connection_get_state (client->websocket) != SOUP_WEBSOCKET_STATE_OPEN)
    return;

  text = shoal_tracker_message_write (message);
  client->unread += strlen (text);
  /* Over the limit it only grows silent here: the timer cuts it. */
  if (client->unread <= MAX_UNREAD)
    soup_websocket_connection_send_text (client->websocket, text);
}

static guint32
random_below (guint32 bound, gpointer user_data)
{
  ShoalTrackerServer *self = user_data;

  /* The bias of a remainder of 64 bits is beyond notice. */
  return (guint32) (shoal_runtime_random_u64 (self->runtime) % bound);
}

static void
on_message (SoupWebsocketConnection *websocket, int type, GBytes *bytes, gpointer user_data)
{
  Client *client = user_data;
  ShoalTrackerServer *self = client->server;
  g_autoptr (ShoalTrackerMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  gint64 now = shoal_runtime_now (self->runtime);
  gsize size;
  const char *text = g_bytes_get_data (bytes, &size);

  if (soup_websocket_connection_get_state (websocket) != SOUP_WEBSOCKET_STATE_OPEN)
    return; /* said before it knew that it is over */
  client->heard = now;
  if (!may_speak (client, now))
    {
      soup_websocket_connection_close (websocket, SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION,
                                       "too many messages");
      return;
    }

  /* As the reference does, text in a binary frame counts. */
  message = shoal_tracker_message_read (text != NULL ? text : "", size, &error);
  if (message == NULL)
    {
      message = shoal_tracker_message_new (SHOAL_TRACKER_FAILURE);
      message->failure = g_strdup (error->message);
      self->bad_messages++;
      send_message (client->id, message, self);
      return;
    }
  shoal_swarms_take (self->swarms, client->id, message, now);
}

static void
on_pong (SoupWebsocketConnection *websocket, GBytes *bytes, gpointer user_data)
{
  Client *client = user_data;

  client->heard = shoal_runtime_now (client->server->runtime);
  client->unread = 0;
}

static void
on_closed (SoupWebsocketConnection *websocket, gpointer user_data)
{
  end_client (user_data);
}

/* To the address it counts for. FALSE: too many do already; it is freed. */
static gboolean
move_client (Client *client, const char *address)
{
  ShoalTrackerServer *self = client->server;

  if (count_address (self, address) >= self->options.max_per_address)
    {
      self->turned_away++;
      end_client (client);
      return FALSE;
    }
  add_to_address (self, client->address, -1);
  add_to_address (self, address, 1);
  g_free (client->address);
  client->address = g_strdup (address);
  return TRUE;
}

static void
on_websocket (SoupServer *soup, SoupServerMessage *http, const char *path,
              SoupWebsocketConnection *websocket, gpointer user_data)
{
  ShoalTrackerServer *self = user_data;
  GSocketAddress *remote = soup_server_message_get_remote_address (http);
  ShoalSocketId *id = g_object_get_data (G_OBJECT (remote), CLIENT_ID);
  Client *client = g_hash_table_lookup (self->clients, id);
  g_autofree char *forwarded = NULL;

  /* One that has just been given up: dropping it closes it. */
  if (client == NULL)
    return;
  forwarded = get_forwarded_key (self, client->address, http);
  if (forwarded != NULL && !move_client (client, forwarded))
    return;

  client->websocket = g_object_ref (websocket);
  client->heard = shoal_runtime_now (self->runtime);
  soup_websocket_connection_set_max_incoming_payload_size (websocket, SHOAL_TRACKER_MAX_MESSAGE);
  soup_websocket_connection_set_keepalive_interval (websocket, PING_SECONDS);
  g_signal_connect (websocket, "message", G_CALLBACK (on_message), client);
  g_signal_connect (websocket, "pong", G_CALLBACK (on_pong), client);
  g_signal_connect (websocket, "closed", G_CALLBACK (on_closed), client);
}

/* --- Accepting ---------------------------------------------------------------- */

static gboolean
is_welcome (ShoalTrackerServer *self, const char *address)
{
  return !self->closing && g_hash_table_size (self->clients) < self->options.max_sockets
         && (count_address (self, address) < self->options.max_per_address
             || (self->options.behind_proxy && is_local_key (address)));
}

/* All that libsoup makes of the connection stays in the context that it begins in. */
static ShoalNestedContext *
choose_context (ShoalTrackerServer *self)
{
  guint i = (guint) (self->last_id % self->contexts->len);

  if (self->contexts->pdata[i] == NULL)
    self->contexts->pdata[i] = shoal_nested_context_new (NULL);
  return self->contexts->pdata[i];
}

static void
take_client (Client *client, GSocketAddress *local, GSocketAddress *remote)
{
  ShoalTrackerServer *self = client->server;
  ShoalNestedContext *context = choose_context (self);
  gboolean is_taken = FALSE;

  g_object_set_data_full (G_OBJECT (remote), CLIENT_ID, g_memdup2 (&client->id, sizeof client->id),
                          g_free);
  if (context != NULL)
    {
      shoal_nested_context_enter (context);
      is_taken = soup_server_accept_iostream (self->soup, client->stream, local, remote, NULL);
      shoal_nested_context_leave (context);
    }
  if (!is_taken)
    end_client (client);
}

static gboolean
on_incoming (GSocketService *service, GSocketConnection *connection, GObject *source,
             gpointer user_data)
{
  ShoalTrackerServer *self = user_data;
  g_autoptr (GSocketAddress) local = g_socket_connection_get_local_address (connection, NULL);
  g_autoptr (GSocketAddress) remote = g_socket_connection_get_remote_address (connection, NULL);
  g_autofree char *address = remote != NULL ? address_to_key (remote) : NULL;
  g_autoptr (GIOStream) stream = g_object_ref (G_IO_STREAM (connection));
  Client *client;

  if (address == NULL || local == NULL || !is_welcome (self, address))
    {
      self->turned_away++;
      return TRUE; /* dropping it closes it */
    }
  if (self->options.certificate != NULL)
    {
      GIOStream *tls = g_tls_server_connection_new (stream, self->options.certificate, NULL);

      if (tls == NULL)
        return TRUE;
      g_object_unref (stream);
      stream = tls;
    }

  client = g_new0 (Client, 1);
  client->server = self;
  client->id = ++self->last_id;
  client->address = g_steal_pointer (&address);
  client->stream = stream;
  g_object_weak_ref (G_OBJECT (stream), on_stream_gone, client);
  client->heard = client->refilled = shoal_runtime_now (self->runtime);
  client->tokens = BURST;
  g_hash_table_insert (self->clients, &client->id, client);
  add_to_address (self, client->address, 1);
  self->accepted++;
  take_client (client, local, remote);
  return TRUE;
}

/* --- Time ---------------------------------------------------------------------- */

static void
on_expire (gpointer user_data)
{
  ShoalTrackerServer *self = user_data;
  g_autoptr (GPtrArray) dead = g_ptr_array_new ();
  gint64 now = shoal_runtime_now (self->runtime);
  GHashTableIter iter;
  gpointer value;

  self->timer = shoal_runtime_add_timer (self->runtime, EXPIRE_SECONDS * G_USEC_PER_SEC,
                                         on_expire, self);
  shoal_swarms_expire (self->swarms, now);

  g_hash_table_iter_init (&iter, self->clients);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Client *client = value;

      if (client->heard + SILENT_SECONDS * G_USEC_PER_SEC < now || client->unread > MAX_UNREAD)
        g_ptr_array_add (dead, client);
    }
  for (guint i = 0; i < dead->len; i++)
    end_client (g_ptr_array_index (dead, i));
}

/* --- Pages ---------------------------------------------------------------------- */

static void
append_metric (GString *text, const char *name, const char *type, const char *help, guint64 value)
{
  g_string_append_printf (text, "# HELP shoal_tracker_%s %s\n# TYPE shoal_tracker_%s %s\n"
                          "shoal_tracker_%s %" G_GUINT64_FORMAT "\n",
                          name, help, name, type, name, value);
}

static char *
write_metrics (ShoalTrackerServer *self)
{
  GString *text = g_string_new (NULL);
  ShoalSwarmsCounts counts;

  shoal_swarms_count (self->swarms, &counts);
  append_metric (text, "sockets", "gauge", "Open connections.",
                 g_hash_table_size (self->clients));
  append_metric (text, "addresses", "gauge", "Addresses they come from.",
                 g_hash_table_size (self->addresses));
  append_metric (text, "topics", "gauge", "Topics with members.", counts.topics);
  append_metric (text, "members", "gauge", "Members of all topics.", counts.members);
  append_metric (text, "offers_pending", "gauge", "Offers that wait for an answer.",
                 counts.pending);
  append_metric (text, "accepted_total", "counter", "Connections accepted.", self->accepted);
  append_metric (text, "turned_away_total", "counter", "Connections over a limit.",
                 self->turned_away);
  append_metric (text, "announces_total", "counter", "Announcements.", counts.announces);
  append_metric (text, "offers_relayed_total", "counter", "Offers relayed.",
                 counts.offers_relayed);
  append_metric (text, "answers_relayed_total", "counter", "Answers relayed.",
                 counts.answers_relayed);
  append_metric (text, "refused_total", "counter", "Messages answered with a failure.",
                 counts.refused + self->bad_messages);
  return g_string_free (text, FALSE);
}

static gboolean
may_see_metrics (ShoalTrackerServer *self, SoupServerMessage *message)
{
  GSocketAddress *remote = soup_server_message_get_remote_address (message);
  gboolean is_forwarded = soup_message_headers_get_list (
    soup_server_message_get_request_headers (message), "X-Forwarded-For") != NULL;

  return self->options.public_metrics
         || (!is_forwarded && (!G_IS_INET_SOCKET_ADDRESS (remote) ||
                               g_inet_address_get_is_loopback (g_inet_socket_address_get_address (
                                 G_INET_SOCKET_ADDRESS (remote)))));
}

/* Nothing that is asked here has a body: libsoup would keep all of one that comes. */
static void
on_headers (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer user_data)
{
  soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
}

static void
on_page (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
         gpointer user_data)
{
  static const char PAGE[]
    = "This is a tracker of Shoal, for WebSockets: it helps devices that already know a secret of\n"
    "each other to meet. It keeps no log.\n";
  ShoalTrackerServer *self = user_data;
  const char *method = soup_server_message_get_method (message);

  /* libsoup asks here first, and makes a WebSocket of what is left unanswered. */
  if (soup_message_headers_header_contains (soup_server_message_get_request_headers (message),
                                            "Upgrade", "websocket"))
    return;
  if (method != SOUP_METHOD_GET && method != SOUP_METHOD_HEAD)
    soup_server_message_set_status (message, SOUP_STATUS_METHOD_NOT_ALLOWED, NULL);
  else if (g_str_equal (path, "/metrics") && may_see_metrics (self, message))
    {
      g_autofree char *text = write_metrics (self);

      soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
      soup_server_message_set_response (message, "text/plain; version=0.0.4", SOUP_MEMORY_COPY,
                                        text, strlen (text));
    }
  else if (g_str_equal (path, "/"))
    {
      soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
      soup_server_message_set_response (message, "text/plain; charset=utf-8", SOUP_MEMORY_STATIC,
                                        PAGE, sizeof PAGE - 1);
    }
  else
    soup_server_message_set_status (message, SOUP_STATUS_NOT_FOUND, NULL);
}

/* --- Public ---------------------------------------------------------------------- */

ShoalTrackerServer *
shoal_tracker_server_new (ShoalRuntime *runtime, const ShoalTrackerOptions *options)
{
  static const ShoalSwarmsFuncs FUNCS = { send_message, random_below };
  ShoalTrackerServer *self = g_new0 (ShoalTrackerServer, 1);

  self->options = *options;
  if (options->certificate != NULL)
    g_object_ref (options->certificate);
  self->runtime = g_object_ref (runtime);
  self->swarms = shoal_swarms_new (&FUNCS, self, options->interval);
  self->clients = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, free_client);
  self->addresses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  self->contexts
    = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_nested_context_free);
  g_ptr_array_set_size (self->contexts, (int) (1 + (options->max_sockets - 1) /
                                                     SHOAL_TRACKER_SOCKETS_PER_CONTEXT));
  self->soup = soup_server_new ("server-header", "shoal-tracker", NULL);
  /* Compression costs a quarter of a megabyte a socket and gains nothing on sealed bodies. */
  soup_server_remove_websocket_extension (self->soup, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  soup_server_add_early_handler (self->soup, NULL, on_headers, self, NULL);
  soup_server_add_handler (self->soup, NULL, on_page, self, NULL);
  soup_server_add_websocket_handler (self->soup, NULL, NULL, NULL, on_websocket, self, NULL);

  self->service = g_socket_service_new ();
  g_socket_listener_set_backlog (G_SOCKET_LISTENER (self->service), 1024);
  g_signal_connect (self->service, "incoming", G_CALLBACK (on_incoming), self);
  self->timer = shoal_runtime_add_timer (runtime, EXPIRE_SECONDS * G_USEC_PER_SEC, on_expire,
                                         self);
  return self;
}

gboolean
shoal_tracker_server_listen (ShoalTrackerServer *self, GSocketAddress *address,
                             GSocketAddress **bound, GError **error)
{
  return g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), address,
                                        G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, bound,
                                        error);
}

void
shoal_tracker_server_close (ShoalTrackerServer *self)
{
  g_autoptr (GList) clients = g_hash_table_get_values (self->clients);

  self->closing = TRUE;
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  for (GList *l = clients; l != NULL; l = l->next)
    {
      Client *client = l->data;

      if (client->websocket != NULL
          && soup_websocket_connection_get_state (client->websocket) == SOUP_WEBSOCKET_STATE_OPEN)
        soup_websocket_connection_close (client->websocket, SOUP_WEBSOCKET_CLOSE_GOING_AWAY,
                                         "the tracker stops");
      else
        end_client (client);
    }
}

guint
shoal_tracker_server_get_n_sockets (ShoalTrackerServer *self)
{
  return g_hash_table_size (self->clients);
}

void
shoal_tracker_server_free (ShoalTrackerServer *self)
{
  g_autoptr (GList) clients = g_hash_table_get_values (self->clients);

  self->closing = TRUE;
  for (GList *l = clients; l != NULL; l = l->next)
    end_client (l->data);
  g_signal_handlers_disconnect_by_data (self->service, self);
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  g_object_unref (self->service);
  soup_server_disconnect (self->soup);
  g_ptr_array_unref (self->contexts);
  g_object_unref (self->soup);
  shoal_runtime_clear_timer (self->runtime, &self->timer);
  shoal_swarms_free (self->swarms);
  g_hash_table_unref (self->clients);
  g_hash_table_unref (self->addresses);
  g_clear_object (&self->options.certificate);
  g_object_unref (self->runtime);
  g_free (self);
}
