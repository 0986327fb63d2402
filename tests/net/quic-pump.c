/* quic-pump.c: moves bytes from memory to memory over a QUIC link, for benchmarks and the lab.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Usage: quic-pump serve ADDRESS
 *        quic-pump send ADDRESS:PORT BYTES [bbr|bbr-old|bbr-new|cubic]
 *
 * `serve` prints {"event": "listening", "port": N} and, per link, "received";
 * `send` prints {"event": "sent", "seconds": S, "rate": bytes/s, …}, where the
 * time runs from the open link to the last byte's acknowledgement by the
 * receiver. It counts payload, not frames.
 */

#include "config.h"

#include "shoal-address.h"
#include "shoal-quic-dial.h"
#include "shoal-quic-listener.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define HEADER_SIZE 13
#define PAYLOAD_SIZE 65536

typedef struct
{
  GMainLoop        *loop;
  ShoalMainRuntime *runtime;
  ShoalIdentity    *identity;
  ShoalLink        *link;      /* (owned) */
  uint64_t          total;     /* of frames, to move */
  uint64_t          done;
  gint64            dialled;
  gint64            began;
  GBytes           *header;
  GBytes           *payload;
  int               status;
} Side;

static double
get_cpu_seconds (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (double) usage.ru_utime.tv_sec + (double) usage.ru_stime.tv_sec
         + (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* --- Receiver ------------------------------------------------------------ */

/* The first control message says how much will come. */
static void
on_received (ShoalLink *link, guint stream, const uint8_t *data, size_t size, gpointer user_data)
{
  Side *side = user_data;
  g_autoptr (GBytes) thanks = NULL;

  if (stream == 0 && side->total == 0 && size == sizeof side->total)
    memcpy (&side->total, data, sizeof side->total);
  else
    side->done += size;
  if (side->total == 0 || side->done < side->total)
    return;
  printf ("{\"event\": \"received\", \"bytes\": %" G_GUINT64_FORMAT ", \"cpu\": %.3f}\n",
          side->done, get_cpu_seconds ());
  side->total = side->done = 0;
  thanks = g_bytes_new ("x", 1);
  shoal_link_send_control (link, thanks);
}

static void
on_server_closed (ShoalLink *link, const GError *error, gpointer user_data)
{
  Side *side = user_data;

  g_clear_object (&side->link);
}

static void
on_accepted (ShoalQuicListener *listener, ShoalLink *link, gpointer user_data)
{
  static const ShoalLinkEvents EVENTS = { .received = on_received, .closed = on_server_closed };
  Side *side = user_data;

  g_set_object (&side->link, link);
  side->total = side->done = 0;
  shoal_link_set_events (link, &EVENTS, side);
}

static int
serve (Side *side, const char *where)
{
  g_autoptr (ShoalQuicListener) listener
    = shoal_quic_listener_new (side->runtime, side->identity);
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (where);
  g_autoptr (GError) error = NULL;

  g_signal_connect (listener, "accepted", G_CALLBACK (on_accepted), side);
  if (address == NULL || !shoal_quic_listener_start (listener, address, 0, &error))
    return 1;
  printf ("{\"event\": \"listening\", \"port\": %u}\n", shoal_quic_listener_get_port (listener));
  g_main_loop_run (side->loop);
  return 0;
}

/* --- Sender -------------------------------------------------------------- */

static void
fill (Side *side)
{
  while (side->done < side->total && shoal_link_wants_bulk (side->link))
    {
      shoal_link_send_bulk (side->link, 0, side->header, side->payload);
      side->done += HEADER_SIZE + PAYLOAD_SIZE;
    }
}

static void
on_writable (ShoalLink *link, gpointer user_data)
{
  fill (user_data);
}

static void
on_thanks (ShoalLink *link, guint stream, const uint8_t *data, size_t size, gpointer user_data)
{
  Side *side = user_data;
  double seconds = (double) (g_get_monotonic_time () - side->began) / 1e6;
  uint64_t payload = side->total / (HEADER_SIZE + PAYLOAD_SIZE) * PAYLOAD_SIZE;

  printf ("{\"event\": \"sent\", \"bytes\": %" G_GUINT64_FORMAT ", \"seconds\": %.3f, "
          "\"rate\": %.0f, \"connect\": %.3f, \"cpu\": %.3f, \"datagram\": %zu, "
          "\"rtt\": %.3f}\n",
          payload, seconds, (double) payload / seconds,
          (double) (side->began - side->dialled) / 1e6, get_cpu_seconds (),
          shoal_quic_link_get_datagram_size (SHOAL_QUIC_LINK (link)),
          (double) shoal_quic_link_get_rtt (SHOAL_QUIC_LINK (link)) / 1e6);
  shoal_link_close (link);
}

static void
on_closed (ShoalLink *link, const GError *error, gpointer user_data)
{
  Side *side = user_data;

  if (error != NULL)
    {
      fprintf (stderr, "%s\n", error->message);
      side->status = 1;
    }
  g_main_loop_quit (side->loop);
}

static void
on_ready (ShoalQuicLink *link, const GError *error, gpointer user_data)
{
  static const ShoalLinkEvents EVENTS = { on_thanks, on_writable, on_closed };
  Side *side = user_data;
  g_autoptr (GBytes) size = g_bytes_new (&side->total, sizeof side->total);

  if (error != NULL)
    {
      fprintf (stderr, "%s\n", error->message);
      side->status = 1;
      g_main_loop_quit (side->loop);
      return;
    }
  side->began = g_get_monotonic_time ();
  shoal_link_set_events (side->link, &EVENTS, side);
  shoal_link_send_control (side->link, size);
  fill (side);
}

static ShoalCongestion
parse_congestion (const char *name)
{
  if (g_strcmp0 (name, "cubic") == 0)
    return SHOAL_CONGESTION_CUBIC;
  if (g_strcmp0 (name, "bbr-old") == 0)
    return SHOAL_CONGESTION_BBR_OLD;
  if (g_strcmp0 (name, "bbr-new") == 0)
    return SHOAL_CONGESTION_BBR_NEW;
  return SHOAL_CONGESTION_BBR;
}

static int
send_all (Side *side, const char *where, uint64_t bytes, const char *congestion)
{
  g_autoptr (GSocketAddress) address = NULL;
  g_autofree char *host = NULL;
  guint16 port;
  uint64_t frames = MAX (bytes / PAYLOAD_SIZE, 1);

  if (!shoal_address_parse (where, &address, &host, &port, NULL) || address == NULL)
    return 2;
  side->total = frames * (HEADER_SIZE + PAYLOAD_SIZE);
  side->header = g_bytes_new_take (g_malloc0 (HEADER_SIZE), HEADER_SIZE);
  side->payload = g_bytes_new_take (g_malloc0 (PAYLOAD_SIZE), PAYLOAD_SIZE);
  side->dialled = g_get_monotonic_time ();
  side->link = SHOAL_LINK (shoal_quic_dial (side->runtime, side->identity, address, NULL,
                                            parse_congestion (congestion), on_ready, side));
  g_main_loop_run (side->loop);
  g_clear_object (&side->link);
  return side->status;
}

int
main (int argc, char **argv)
{
  Side side = { .loop = g_main_loop_new (NULL, FALSE) };

  setvbuf (stdout, NULL, _IOLBF, 0);
  side.runtime = shoal_main_runtime_new (NULL);
  side.identity = shoal_identity_generate (NULL);
  if (argc == 3 && strcmp (argv[1], "serve") == 0)
    return serve (&side, argv[2]);
  if (argc >= 4 && strcmp (argv[1], "send") == 0)
    return send_all (&side, argv[2], strtoull (argv[3], NULL, 10), argc > 4 ? argv[4] : NULL);
  fprintf (stderr, "see the top of quic-pump.c\n");
  return 2;
}
