/* shoal-tracker-socket.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-discovery"

#include "config.h"

#include "shoal-tracker-socket.h"

#include "shoal-error.h"
#include "shoal-state.h"

#include <libsoup/soup.h>
#include <string.h>

#define FIRST_WAIT (5 * G_USEC_PER_SEC)
#define LONGEST_WAIT (15 * 60 * G_USEC_PER_SEC)
#define CONNECT_TIMEOUT 20 /* seconds */
#define PING_SECONDS 60

struct _ShoalTrackerSocket
{
  ShoalRuntime             *runtime;   /* (owned) */
  char                     *url;       /* (owned) */
  ShoalTrackerSocketFuncs   funcs;
  gpointer                  user_data;
  SoupSession              *session;   /* (owned) */

  ShoalTrackerState         state;
  GCancellable             *connecting; /* (owned) (nullable): in CONNECTING */
  SoupWebsocketConnection  *websocket;  /* (owned) (nullable): in OPEN */
  guint                     timer;      /* in WAITING */
  gint64                    wait;       /* µs, the next one */
  char                     *trouble;    /* (owned) (nullable) */
};

G_DEFINE_ENUM_TYPE (ShoalTrackerState, shoal_tracker_state,
  G_DEFINE_ENUM_VALUE (SHOAL_TRACKER_CONNECTING, "connecting"),
  G_DEFINE_ENUM_VALUE (SHOAL_TRACKER_OPEN, "open"),
  G_DEFINE_ENUM_VALUE (SHOAL_TRACKER_WAITING, "waiting"))

static const ShoalStateEdge EDGES[] = {
  { SHOAL_TRACKER_CONNECTING, SHOAL_TRACKER_OPEN },    /* it answers */
  { SHOAL_TRACKER_CONNECTING, SHOAL_TRACKER_WAITING }, /* it does not */
  { SHOAL_TRACKER_OPEN,       SHOAL_TRACKER_WAITING }, /* it went away */
  { SHOAL_TRACKER_WAITING,    SHOAL_TRACKER_CONNECTING }, /* time, or another network */
};

static void connect_now (ShoalTrackerSocket *self);

static void
set_state (ShoalTrackerSocket *self, ShoalTrackerState to)
{
  if (shoal_state_step (SHOAL_TYPE_TRACKER_STATE, EDGES, G_N_ELEMENTS (EDGES), (int) self->state,
                        (int) to))
    self->state = to;
}

static void
set_trouble (ShoalTrackerSocket *self, const char *trouble)
{
  g_free (self->trouble);
  self->trouble = g_strdup (trouble);
}

/* --- Losing it, and coming back ----------------------------------------------- */

static void
on_wait_over (gpointer user_data)
{
  ShoalTrackerSocket *self = user_data;

  self->timer = 0;
  set_state (self, SHOAL_TRACKER_CONNECTING);
  connect_now (self);
}

static void
wait_and_retry (ShoalTrackerSocket *self, const char *trouble)
{
  gboolean was_open = self->state == SHOAL_TRACKER_OPEN;
  gint64 extra = (gint64) (shoal_runtime_random_u64 (self->runtime) %
                           (uint64_t) (self->wait / 2));

  set_trouble (self, trouble);
  set_state (self, SHOAL_TRACKER_WAITING);
  g_debug ("%s: %s; again in %.1f s", self->url, trouble,
           (double) (self->wait + extra) / G_USEC_PER_SEC);
  self->timer = shoal_runtime_add_timer (self->runtime, self->wait + extra, on_wait_over, self);
  self->wait = MIN (self->wait * 2, LONGEST_WAIT);
  if (was_open)
    self->funcs.changed (self, self->user_data);
}

static void
drop_websocket (ShoalTrackerSocket *self)
{
  if (self->websocket == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->websocket, self);
  if (soup_websocket_connection_get_state (self->websocket) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_close (self->websocket, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, NULL);
  g_clear_object (&self->websocket);
}

static void
on_closed (SoupWebsocketConnection *websocket, gpointer user_data)
{
  ShoalTrackerSocket *self = user_data;
  const char *reason = soup_websocket_connection_get_close_data (websocket);
  g_autofree char *trouble = reason != NULL && reason[0] != '\0'
                               ? g_strdup_printf ("it closed the connection: %.100s", reason)
                               : g_strdup ("it closed the connection");

  drop_websocket (self);
  wait_and_retry (self, trouble);
}

/* --- Hearing -------------------------------------------------------------------- */

static void
on_message (SoupWebsocketConnection *websocket, int type, GBytes *bytes, gpointer user_data)
{
  ShoalTrackerSocket *self = user_data;
  g_autoptr (ShoalTrackerMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;
  const char *text = g_bytes_get_data (bytes, &size);

  /* It is alive: the next failure is a first one again. */
  self->wait = FIRST_WAIT;
  message = shoal_tracker_message_read (text != NULL ? text : "", size, &error);
  if (message == NULL)
    {
      g_debug ("%s: %s", self->url, error->message);
      return;
    }
  if (message->failure != NULL || message->warning != NULL)
    set_trouble (self, message->failure != NULL ? message->failure : message->warning);
  self->funcs.heard (self, message, self->user_data);
}

/* What is wrong with its certificate, for a person. */
static const char *
describe_certificate (GTlsCertificateFlags flags)
{
  if ((flags & G_TLS_CERTIFICATE_EXPIRED) != 0)
    return "its certificate has expired; its operator can renew it";
  if ((flags & G_TLS_CERTIFICATE_NOT_ACTIVATED) != 0)
    return "its certificate is not valid yet; check this computer's clock";
  if ((flags & G_TLS_CERTIFICATE_BAD_IDENTITY) != 0)
    return "its certificate is another server's; check the address";
  if ((flags & G_TLS_CERTIFICATE_UNKNOWN_CA) != 0)
    return "its certificate is from nobody whom this computer trusts; check the address";
  return "its certificate is not acceptable; check the address";
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SoupWebsocketConnection) websocket
    = soup_session_websocket_connect_finish (SOUP_SESSION (source), result, &error);
  SoupMessage *message = soup_session_get_async_result_message (SOUP_SESSION (source), result);
  ShoalTrackerSocket *self = user_data;

  /* Freed or nudged meanwhile: this attempt is nobody's. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->connecting);
  if (websocket == NULL)
    {
      wait_and_retry (self, g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE)
                              ? describe_certificate (
                                  soup_message_get_tls_peer_certificate_errors (message))
                              : error->message);
      return;
    }

  self->websocket = g_steal_pointer (&websocket);
  soup_websocket_connection_set_max_incoming_payload_size (self->websocket,
                                                           SHOAL_TRACKER_MAX_MESSAGE);
  soup_websocket_connection_set_keepalive_interval (self->websocket, PING_SECONDS);
  g_signal_connect (self->websocket, "message", G_CALLBACK (on_message), self);
  g_signal_connect (self->websocket, "closed", G_CALLBACK (on_closed), self);
  set_trouble (self, NULL);
  set_state (self, SHOAL_TRACKER_OPEN);
  self->funcs.changed (self, self->user_data);
}

static void
connect_now (ShoalTrackerSocket *self)
{
  g_autoptr (SoupMessage) message = soup_message_new (SOUP_METHOD_GET, self->url);

  self->connecting = g_cancellable_new ();
  /* Compressed, a short frame could stand for much memory. */
  soup_message_disable_feature (message, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  soup_session_websocket_connect_async (self->session, message, NULL, NULL, G_PRIORITY_DEFAULT,
                                        self->connecting, on_connected, self);
}

/* --- Public ----------------------------------------------------------------------- */

gboolean
shoal_tracker_socket_check_url (const char *url, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  if (uri != NULL && host != NULL && host[0] != '\0' && g_uri_get_user (uri) == NULL &&
      (g_str_equal (g_uri_get_scheme (uri), "wss") || g_str_equal (g_uri_get_scheme (uri), "ws")))
    return TRUE;
  return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                          "A tracker’s address looks like wss://tracker.example.org/.",
                          "“%s” is not the address of a tracker", url);
}

ShoalTrackerSocket *
shoal_tracker_socket_new (ShoalRuntime *runtime, const char *url,
                          const ShoalTrackerSocketFuncs *funcs, gpointer user_data)
{
  ShoalTrackerSocket *self = g_new0 (ShoalTrackerSocket, 1);

  self->runtime = g_object_ref (runtime);
  self->url = g_strdup (url);
  self->funcs = *funcs;
  self->user_data = user_data;
  self->wait = FIRST_WAIT;
  self->state = SHOAL_TRACKER_CONNECTING;
  self->session = soup_session_new_with_options ("timeout", CONNECT_TIMEOUT, NULL);
  connect_now (self);
  return self;
}

void
shoal_tracker_socket_free (ShoalTrackerSocket *self)
{
  g_cancellable_cancel (self->connecting); /* NULL is allowed */
  g_clear_object (&self->connecting);
  drop_websocket (self);
  shoal_runtime_clear_timer (self->runtime, &self->timer);
  g_object_unref (self->session);
  g_object_unref (self->runtime);
  g_free (self->trouble);
  g_free (self->url);
  g_free (self);
}

gboolean
shoal_tracker_socket_send (ShoalTrackerSocket *self, const ShoalTrackerMessage *message)
{
  g_autofree char *text = NULL;

  if (self->websocket == NULL
      || soup_websocket_connection_get_state (self->websocket) != SOUP_WEBSOCKET_STATE_OPEN)
    return FALSE;
  text = shoal_tracker_message_write (message);
  if (strlen (text) > SHOAL_TRACKER_MAX_FRAME)
    g_debug ("%s: a message of %zu bytes may be too long for it", self->url, strlen (text));
  soup_websocket_connection_send_text (self->websocket, text);
  return TRUE;
}

void
shoal_tracker_socket_nudge (ShoalTrackerSocket *self)
{
  self->wait = FIRST_WAIT;
  if (self->state == SHOAL_TRACKER_OPEN)
    {
      drop_websocket (self);
      wait_and_retry (self, "the network has changed");
    }
  if (self->state == SHOAL_TRACKER_WAITING)
    {
      shoal_runtime_clear_timer (self->runtime, &self->timer);
      on_wait_over (self);
    }
  else
    {
      g_cancellable_cancel (self->connecting);
      g_clear_object (&self->connecting);
      connect_now (self);
    }
}

const char *
shoal_tracker_socket_get_url (ShoalTrackerSocket *self)
{
  return self->url;
}

ShoalTrackerState
shoal_tracker_socket_get_state (ShoalTrackerSocket *self)
{
  return self->state;
}

const char *
shoal_tracker_socket_get_trouble (ShoalTrackerSocket *self)
{
  return self->trouble;
}
