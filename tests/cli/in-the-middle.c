/* in-the-middle.c: an attacker who answers in another's place and calls that other.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * usage: in-the-middle VICTIM-ID TARGET-ID TARGET-ADDRESS:PORT
 *
 * Ends TLS on both sides with keys of its own and passes every frame on. It does
 * the best an attacker can: HELLO and REVEAL, which are bound to the keys, are
 * made anew, everything else goes through as it is. */

#include "config.h"

#include "shoal-connector.h"
#include "shoal-listener.h"
#include "shoal-message.h"
#include "shoal-verification.h"

#include <stdio.h>

typedef struct _End End;

/* One of the two links. */
struct _End
{
  End             *other;
  ShoalIdentity   *identity; /* who we are towards this side */
  ShoalLink       *link;     /* (owned) (nullable) */
  ShoalFrameParser parser;
  GQueue           waiting;  /* of GBytes: frames for a link that is not there yet */
  uint8_t          nonce[SHOAL_CODE_NONCE_SIZE];
};

static End victim, target;
static ShoalMainRuntime *runtime;
static ShoalConnector *connector;
static const char *target_address;

static void
send_frame (End *end, GBytes *frame)
{
  if (end->link != NULL)
    shoal_link_send_control (end->link, frame);
  else
    g_queue_push_tail (&end->waiting, g_bytes_ref (frame));
}

/* What @end says to us, as the other side is to hear it. */
static GBytes *
translate (End *end, const ShoalFrame *frame)
{
  ShoalMessage message = { 0 };
  GByteArray *raw;
  GBytes *result;

  if (frame->type != SHOAL_MESSAGE_HELLO && frame->type != SHOAL_MESSAGE_REVEAL)
    {
      raw = shoal_frame_begin (frame->type);
      g_byte_array_append (raw, frame->body, (guint) frame->size);
      return shoal_frame_finish (raw, 0);
    }

  g_assert_true (shoal_message_decode (&message, frame, NULL));
  if (frame->type == SHOAL_MESSAGE_HELLO)
    shoal_code_commit (shoal_identity_get_id (end->other->identity), end->other->nonce,
                       &message.hello.commit);
  else
    memcpy (message.reveal.r.bytes, end->other->nonce, sizeof end->other->nonce);
  result = shoal_message_encode (&message, NULL);
  g_assert_nonnull (result);
  shoal_message_clear (&message);
  return result;
}

static void
on_received (ShoalLink *link, guint stream, const uint8_t *data, size_t size, gpointer user_data)
{
  End *end = user_data;
  ShoalFrame frame;

  while (shoal_frame_parser_next (&end->parser, &data, &size, &frame, NULL) == SHOAL_FRAME_READY)
    {
      g_autoptr (GBytes) passed_on = translate (end, &frame);

      send_frame (end->other, passed_on);
    }
}

static void
on_closed (ShoalLink *link, const GError *error, gpointer user_data)
{
  End *end = user_data;

  printf ("{\"event\": \"closed\", \"side\": \"%s\"}\n", end == &victim ? "victim" : "target");
  fflush (stdout);
  if (end->other->link != NULL)
    shoal_link_close (end->other->link);
}

static const ShoalLinkEvents link_events = {
  .received = on_received,
  .closed = on_closed,
};

static void
take_link (End *end, ShoalLink *link)
{
  GBytes *frame;

  end->link = g_object_ref (link);
  shoal_link_set_events (link, &link_events, end);
  while ((frame = g_queue_pop_head (&end->waiting)) != NULL)
    {
      shoal_link_send_control (link, frame);
      g_bytes_unref (frame);
    }
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalLink) link
    = shoal_connector_connect_finish (SHOAL_CONNECTOR (source), result, &error);

  g_assert_no_error (error);
  take_link (&target, link);
}

static void
on_accepted (ShoalListener *listener, ShoalLink *link, gpointer user_data)
{
  if (victim.link != NULL)
    return; /* one is enough */

  take_link (&victim, link);
  shoal_connector_connect_to_host_async (connector, target_address, NULL, 0, NULL, on_connected,
                                         NULL);
}

/* The lower ID of a pair leads its session. The victim is to lead both, or
 * neither would. */
static ShoalIdentity *
make_identity (const char *other_text, gboolean lower)
{
  ShoalDeviceId other;

  g_assert_true (shoal_device_id_parse (other_text, &other, NULL));
  while (TRUE)
    {
      ShoalIdentity *identity = shoal_identity_generate (NULL);
      int order = memcmp (shoal_identity_get_id (identity), &other, sizeof other);

      if ((order < 0) == lower)
        return identity;
      shoal_identity_unref (identity);
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  ShoalListener *listener;

  g_assert_cmpint (argc, ==, 4);
  runtime = shoal_main_runtime_new (NULL);
  target_address = argv[3];
  victim = (End){ .other = &target, .identity = make_identity (argv[1], FALSE) };
  target = (End){ .other = &victim, .identity = make_identity (argv[2], TRUE) };
  shoal_runtime_fill_random (SHOAL_RUNTIME (runtime), victim.nonce, sizeof victim.nonce);
  shoal_runtime_fill_random (SHOAL_RUNTIME (runtime), target.nonce, sizeof target.nonce);

  connector = shoal_connector_new (runtime, target.identity);
  listener = shoal_listener_new (runtime, victim.identity);
  g_signal_connect (listener, "accepted", G_CALLBACK (on_accepted), NULL);
  g_assert_true (shoal_listener_start (listener, NULL, 0, NULL));
  printf ("{\"event\": \"listening\", \"port\": %u}\n", shoal_listener_get_port (listener));
  fflush (stdout);
  g_main_loop_run (loop);
  return 0;
}
