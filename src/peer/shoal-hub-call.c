/* shoal-hub-call.c: asking a device to call back, and doing so for others.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whether calls from outside get through can only be told from outside. Who is
 * asked dials where the asker is connected from, at the port it told, and
 * nothing else: so this calls nobody but who has asked.
 */

#define G_LOG_DOMAIN "shoal-peer"
#define SHOAL_PEER_ROOM

#include "config.h"

#include "shoal-address.h"
#include "shoal-error.h"
#include "shoal-peer-private.h"

/* To call, and to wait for the answer of who is asked. */
#define CALL_TIMEOUT_US (5 * G_USEC_PER_SEC)
#define ASK_TIMEOUT_US (8 * G_USEC_PER_SEC)
/* Of one device. */
#define CALL_INTERVAL_US (1 * G_USEC_PER_SEC)
/* For all devices at a time. */
#define MAX_CALLS 4

/* --- We are asked -------------------------------------------------------- */

typedef struct
{
  ShoalHub  *hub;  /* (unowned): gone if the peer has none any more */
  ShoalPeer *peer; /* (owned) */
  uint32_t   id;
  char      *text; /* (owned): where */
} Call;

static void
answer (ShoalPeer *peer, uint32_t id, ShoalCalled result, const char *address)
{
  ShoalMessage message = { .type = SHOAL_MESSAGE_CALLED };

  message.called.id = id;
  message.called.result = (uint8_t) result;
  message.called.address = address;
  shoal_peer_send (peer, &message, NULL);
}

static ShoalCalled
result_of (const GError *error)
{
  if (error == NULL)
    return SHOAL_CALLED_THROUGH;
  if (g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_WRONG_KEY)
      || g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_PROTOCOL)
      || g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_VERSION))
    return SHOAL_CALLED_OTHER_KEY;
  if (g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_UNREACHABLE)
      || g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_TIMED_OUT)
      || g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_CLOSED))
    return SHOAL_CALLED_NO_ANSWER;
  return SHOAL_CALLED_OTHER;
}

static void
on_called (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalLink) link
    = shoal_connector_connect_finish (SHOAL_CONNECTOR (source), result, &error);

  /* It was to see that it opens, no more. */
  if (link != NULL)
    shoal_link_close (link);
  if (call->peer->hub != NULL)
    {
      call->hub->n_calls--;
      answer (call->peer, call->id, result_of (error), call->text);
    }
  shoal_peer_unpin (call->peer);
  shoal_peer_unref (call->peer);
  g_free (call->text);
  g_free (call);
}

static void
take_call_me (ShoalPeer *self, guint slot, const ShoalMessage *message)
{
  ShoalHub *hub = self->hub;
  ShoalPeerLink *link = shoal_session_get_link (self->session, slot);
  gint64 now = shoal_runtime_now (hub_runtime (hub));
  g_autoptr (GPtrArray) addresses = g_ptr_array_new_with_free_func (g_object_unref);
  GSocketAddress *address;
  Call *call;

  if (hub->n_calls >= MAX_CALLS || now - self->called_at < CALL_INTERVAL_US
      || (hub->visibility != SHOAL_VISIBLE_EVERYONE
          && !shoal_device_book_is_friend (hub->book, &self->id)))
    {
      answer (self, message->called.id, SHOAL_CALLED_NOT_NOW, NULL);
      return;
    }
  address = link != NULL && shoal_link_get_path (link->link) != SHOAL_PATH_RELAYED
              ? shoal_peer_link_get_address (link) : NULL;
  if (address == NULL || self->port == 0)
    {
      g_clear_object (&address);
      answer (self, message->called.id, SHOAL_CALLED_NO_ADDRESS, NULL);
      return;
    }

  self->called_at = now;
  hub->n_calls++;
  call = g_new0 (Call, 1);
  call->hub = hub;
  call->peer = shoal_peer_ref (self);
  shoal_peer_pin (self); /* so that the hub knows of it to the end */
  call->id = message->called.id;
  call->text = shoal_address_to_text (address);
  g_ptr_array_add (addresses, address);
  shoal_connector_connect_async (hub->connector, addresses, &self->id, CALL_TIMEOUT_US,
                                 hub->calls_cancellable, on_called, call);
}

/* --- We ask -------------------------------------------------------------- */

typedef struct
{
  ShoalHub     *hub;
  GTask        *task; /* (owned) */
  ShoalDeviceId device;
  uint32_t      id;
  guint         timer;
} Asked;

static void
end_asked (Asked *asked, ShoalCallResult *result, GError *error)
{
  shoal_runtime_clear_timer (hub_runtime (asked->hub), &asked->timer);
  g_ptr_array_remove_fast (asked->hub->asked_calls, asked);
  if (result != NULL)
    g_task_return_pointer (asked->task, result, (GDestroyNotify) shoal_call_result_free);
  else
    g_task_return_error (asked->task, error);
  g_object_unref (asked->task);
  g_free (asked);
}

static void
on_no_answer (gpointer user_data)
{
  Asked *asked = user_data;

  asked->timer = 0;
  end_asked (asked, NULL,
             shoal_error_new (SHOAL_ERROR_TIMED_OUT, SHOAL_SIDE_THERE, NULL,
                              "The other device has not said whether it got through"));
}

static void
take_called (ShoalPeer *self, const ShoalMessage *message)
{
  ShoalHub *hub = self->hub;

  for (guint i = 0; i < hub->asked_calls->len; i++)
    {
      Asked *asked = g_ptr_array_index (hub->asked_calls, i);
      ShoalCallResult *result;

      if (asked->id != message->called.id || !shoal_hash_equals (&asked->device, &self->id))
        continue;
      result = g_new0 (ShoalCallResult, 1);
      result->result = (ShoalCalled) message->called.result;
      result->address = g_strdup (message->called.address);
      end_asked (asked, result, NULL);
      return;
    }
}

gboolean
shoal_hub_take_call_message (ShoalPeer *peer, guint slot, const ShoalMessage *message)
{
  if (message->type == SHOAL_MESSAGE_CALL_ME)
    take_call_me (peer, slot, message);
  else if (message->type == SHOAL_MESSAGE_CALLED)
    take_called (peer, message);
  else
    return FALSE;
  return TRUE;
}

void
shoal_hub_cancel_calls (ShoalHub *self, const ShoalDeviceId *device)
{
  for (guint i = self->asked_calls->len; i-- > 0;)
    {
      Asked *asked = g_ptr_array_index (self->asked_calls, i);

      if (device == NULL || shoal_hash_equals (&asked->device, device))
        end_asked (asked, NULL,
                   shoal_error_new (SHOAL_ERROR_CLOSED, SHOAL_SIDE_NONE, NULL,
                                    "The connection to the other device has ended"));
    }
  if (device == NULL)
    g_cancellable_cancel (self->calls_cancellable);
}

void
shoal_call_result_free (ShoalCallResult *result)
{
  g_free (result->address);
  g_free (result);
}

void
shoal_hub_ask_to_call_async (ShoalHub *self, ShoalPeer *peer, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  ShoalMessage message = { .type = SHOAL_MESSAGE_CALL_ME };
  GError *error = NULL;
  Asked *asked;

  g_task_set_source_tag (task, shoal_hub_ask_to_call_async);
  message.called.id = (uint32_t) shoal_runtime_random_u64 (hub_runtime (self));
  if (!shoal_peer_send (peer, &message, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  asked = g_new0 (Asked, 1);
  asked->hub = self;
  asked->task = task;
  asked->device = peer->id;
  asked->id = message.called.id;
  asked->timer
    = shoal_runtime_add_timer (hub_runtime (self), ASK_TIMEOUT_US, on_no_answer, asked);
  g_ptr_array_add (self->asked_calls, asked);
}

ShoalCallResult *
shoal_hub_ask_to_call_finish (ShoalHub *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
