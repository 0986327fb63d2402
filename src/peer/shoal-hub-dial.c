/* shoal-hub-dial.c: calling devices: who, where, when again.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-peer"
#define SHOAL_PEER_ROOM

#include "config.h"

#include "shoal-address.h"
#include "shoal-error.h"
#include "shoal-peer-private.h"

/* Redial after 1, 2, 4 … 120 s, each ± 20 % so that devices do not fall into
 * step (engines.md §4). */
#define FIRST_RETRY_US (1 * G_USEC_PER_SEC)
#define LAST_RETRY_US (120 * G_USEC_PER_SEC)
/* A session that ends this soon has not been worth much: no hurry to begin again. */
#define SHORT_SESSION_US (1 * G_USEC_PER_SEC)
/* Whoever is sure to be near is asked more often. */
#define LAST_NEARBY_RETRY_US (10 * G_USEC_PER_SEC)

/* --- Calling a known device ---------------------------------------------- */

static void
add_address (GPtrArray *addresses, GSocketAddress *address)
{
  g_autofree char *text = shoal_address_to_text (address);

  for (guint i = 0; i < addresses->len; i++)
    {
      g_autofree char *other = shoal_address_to_text (g_ptr_array_index (addresses, i));

      if (g_str_equal (text, other))
        return;
    }
  g_ptr_array_add (addresses, g_object_ref (address));
}

/* Best first: where it is announced now, what others tell, where it once was. */
GPtrArray *
shoal_hub_list_addresses (ShoalHub *self, ShoalPeer *peer)
{
  GPtrArray *addresses = g_ptr_array_new_with_free_func (g_object_unref);
  const ShoalDeviceRecord *record = shoal_device_book_get (self->book, &peer->id);

  shoal_hub_add_nearby_addresses (self, peer, addresses);
  for (guint i = 0; i < peer->told_addresses->len; i++)
    add_address (addresses, g_ptr_array_index (peer->told_addresses, i));
  for (guint i = 0; record != NULL && i < record->addresses->len; i++)
    {
      const char *text = g_array_index (record->addresses, ShoalRememberedAddress, i).text;
      g_autoptr (GSocketAddress) address = NULL;
      g_autofree char *host = NULL;
      guint16 port;

      if (shoal_address_parse (text, &address, &host, &port, NULL) && address != NULL)
        add_address (addresses, address);
    }
  return addresses;
}

static void
on_redial (gpointer user_data)
{
  ShoalPeer *peer = user_data;

  peer->dial_timer = 0;
  shoal_hub_want_peer (peer->hub, peer);
}

static void
redial_later (ShoalHub *self, ShoalPeer *peer)
{
  gint64 longest = peer->n_sightings > 0 ? LAST_NEARBY_RETRY_US : LAST_RETRY_US;
  guint shift = MIN (peer->dial_failures > 0 ? peer->dial_failures - 1 : 0, 7);
  gint64 delay = MIN (FIRST_RETRY_US << shift, longest);
  gint64 spread = delay * 2 / 5;

  delay -= spread / 2;
  delay += (gint64) (shoal_runtime_random_u64 (hub_runtime (self)) % (uint64_t) spread);
  shoal_runtime_clear_timer (hub_runtime (self), &peer->dial_timer);
  peer->dial_timer = shoal_runtime_add_timer (hub_runtime (self), delay, on_redial, peer);
}

gboolean
shoal_hub_end_call (ShoalPeer *peer, GCancellable **call, GObject *source, GAsyncResult *result,
                    GError **error)
{
  g_autoptr (ShoalLink) link
    = shoal_connector_connect_finish (SHOAL_CONNECTOR (source), result, error);

  g_clear_object (call);
  if (link == NULL)
    return FALSE;
  if (peer->hub != NULL)
    shoal_hub_take_link (peer->hub, link);
  else
    shoal_link_close (link);
  return TRUE;
}

static void
on_dialled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalPeer) peer = user_data;
  ShoalHub *self = peer->hub;
  g_autoptr (GError) error = NULL;

  if (shoal_hub_end_call (peer, &peer->dial, source, result, &error) || self == NULL)
    return;
  if (peer->connected || g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_CANCELLED))
    {
      shoal_hub_maybe_forget (self, peer);
      return;
    }

  g_debug ("call failed: %s", error->message);
  peer->dial_failures++;
  redial_later (self, peer);
  if (peer->dial_failures == 1)
    shoal_peer_changed (peer);
  shoal_hub_answer_waiters (self, peer, error);
}

/* Somebody near is called so that both sides know each other's whole ID and
 * whether they are there; but only if that tells them nothing they were not
 * to know. */
static gboolean
is_wanted (ShoalHub *self, ShoalPeer *peer)
{
  if (peer->holds > 0 || peer->waiters->len > 0)
    return TRUE;
  if (shoal_device_book_is_friend (self->book, &peer->id))
    return TRUE;
  return peer->n_sightings > 0 && self->visibility == SHOAL_VISIBLE_EVERYONE;
}

void
shoal_hub_want_peer (ShoalHub *self, ShoalPeer *peer)
{
  g_autoptr (GPtrArray) addresses = NULL;

  if (self->stopping || self->started == 0 || self->policy == SHOAL_ICE_RELAY_ONLY
      || peer->links->len > 0 || peer->dial != NULL
      || peer->dial_timer != 0 || shoal_device_book_is_blocked (self->book, &peer->id)
      || !is_wanted (self, peer))
    return;

  addresses = shoal_hub_list_addresses (self, peer);
  if (addresses->len == 0)
    return; /* an announcement, or its own call, will bring it */

  peer->dial = g_cancellable_new ();
  shoal_connector_connect_async (self->connector, addresses, &peer->id, 0, peer->dial, on_dialled,
                                 shoal_peer_ref (peer));
}

void
shoal_hub_stop_dialling (ShoalHub *self, ShoalPeer *peer)
{
  if (peer->dial != NULL)
    g_cancellable_cancel (peer->dial);
  shoal_runtime_clear_timer (hub_runtime (self), &peer->dial_timer);
}

/* Whoever takes our call and hangs up (has blocked us, or has no room) is called
 * no sooner than one who does not take it. */
void
shoal_hub_call_again (ShoalHub *self, ShoalPeer *peer, gint64 lasted, const GError *error)
{
  if (peer->hub == NULL || self->stopping)
    return;

  if (lasted < 0)
    peer->dial_failures++;
  if (lasted >= SHORT_SESSION_US)
    shoal_hub_want_peer (self, peer);
  else if (is_wanted (self, peer))
    redial_later (self, peer);
  if (lasted < 0)
    shoal_hub_answer_waiters (self, peer, error);
}

/* --- Waiting for a session ----------------------------------------------- */

void
shoal_hub_answer_waiters (ShoalHub *self, ShoalPeer *peer, const GError *error)
{
  g_autoptr (GPtrArray) waiters = peer->waiters;

  peer->waiters = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < waiters->len; i++)
    {
      GTask *task = g_ptr_array_index (waiters, i);

      if (error != NULL)
        g_task_return_error (task, g_error_copy (error));
      else
        g_task_return_pointer (task, shoal_peer_ref (peer), (GDestroyNotify) shoal_peer_unref);
    }
}

void
shoal_hub_await (ShoalHub *self, ShoalPeer *peer, GTask *task)
{
  if (peer->connected || self->stopping)
    {
      if (peer->connected)
        g_task_return_pointer (task, shoal_peer_ref (peer), (GDestroyNotify) shoal_peer_unref);
      else
        g_task_return_error (task, shoal_error_new (SHOAL_ERROR_CANCELLED, SHOAL_SIDE_HERE, NULL,
                                                    "Shoal is stopping"));
      g_object_unref (task);
      return;
    }

  g_ptr_array_add (peer->waiters, task);
  shoal_hub_want_peer (self, peer);
}

/* --- Calling what a person typed ----------------------------------------- */

typedef struct
{
  ShoalHub *hub;
  char     *text;  /* (owned) */
  gboolean  typed; /* by a person */
} TypedCall;

static void
typed_call_free (gpointer data)
{
  TypedCall *call = data;

  g_free (call->text);
  g_free (call);
}

/* The address as the book knows it: with the port, without name look-up. */
static char *
normal_address (const char *text)
{
  g_autoptr (GSocketAddress) address = NULL;
  g_autofree char *host = NULL;
  guint16 port;

  if (!shoal_address_parse (text, &address, &host, &port, NULL))
    return g_strdup (text);
  if (address != NULL)
    return shoal_address_to_text (address);
  return g_strdup_printf ("%s:%u", host, port);
}

static GError *
explain_wrong_key (GError *error, const char *text)
{
  g_autofree char *next = NULL;
  GError *explained;

  if (!g_error_matches (error, SHOAL_ERROR, (int) SHOAL_ERROR_WRONG_KEY))
    return error;

  next = g_strdup_printf ("If that device was set up anew, or the address now belongs to another, "
                          "run “shoal-cli friend forget-address %s” and compare the code.", text);
  explained = shoal_error_new (SHOAL_ERROR_WRONG_KEY, SHOAL_SIDE_THERE, next, "%s",
                               error->message);
  g_error_free (error);
  return explained;
}

static void
on_typed_dialled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  TypedCall *call = g_task_get_task_data (task);
  ShoalHub *self = call->hub;
  GError *error = NULL;
  g_autoptr (ShoalLink) link
    = shoal_connector_connect_finish (SHOAL_CONNECTOR (source), result, &error);
  g_autoptr (ShoalPeer) peer = NULL;

  if (link == NULL)
    {
      g_task_return_error (task, explain_wrong_key (error, call->text));
      g_object_unref (task);
      return;
    }
  if (shoal_device_book_is_blocked (self->book, shoal_link_get_peer_id (link)))
    {
      shoal_link_close (link);
      g_task_return_error (
        task, shoal_error_new (SHOAL_ERROR_REFUSED, SHOAL_SIDE_HERE,
                               "Unblock it with “shoal-cli friend unblock”.",
                               "The device at %s is one you have blocked", call->text));
      g_object_unref (task);
      return;
    }

  /* Typed by hand: from now on this address means this key. */
  if (call->typed)
    shoal_device_book_seen (self->book, shoal_link_get_peer_id (link), NULL, call->text, TRUE);
  peer = shoal_hub_ensure_peer (self, shoal_link_get_peer_id (link));
  g_ptr_array_insert (peer->told_addresses, 0,
                      g_object_ref (shoal_link_get_remote_address (link)));
  shoal_hub_take_link (self, link);
  shoal_hub_await (self, peer, task);
}

void
shoal_hub_dial_async (ShoalHub *self, const char *host_and_port, gboolean typed,
                      GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  TypedCall *call;
  const ShoalDeviceRecord *known = NULL;

  g_task_set_source_tag (task, shoal_hub_dial_async);
  if (self->started == 0)
    {
      g_task_return_error (task, shoal_error_new (SHOAL_ERROR_BUSY, SHOAL_SIDE_HERE,
                                                  "Try again when Shoal has started.",
                                                  "Shoal does not call anybody yet"));
      g_object_unref (task);
      return;
    }
  if (self->policy == SHOAL_ICE_RELAY_ONLY)
    {
      g_task_return_error (task, shoal_error_new (SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                                                  "Leave --path relay away.",
                                                  "Nobody is called at an address while only "
                                                  "relays are allowed"));
      g_object_unref (task);
      return;
    }
  call = g_new0 (TypedCall, 1);
  call->hub = self;
  call->text = normal_address (host_and_port);
  g_task_set_task_data (task, call, typed_call_free);
  call->typed = typed;
  if (typed)
    known = shoal_device_book_get_by_address (self->book, call->text);
  shoal_connector_connect_to_host_async (self->connector, host_and_port,
                                         known != NULL ? &known->id : NULL, 0, cancellable,
                                         on_typed_dialled, task);
}

ShoalPeer *
shoal_hub_dial_finish (ShoalHub *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
