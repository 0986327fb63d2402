/* link-speed.c: bytes from the memory of one process to that of another.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Usage: link-speed [MiB] [HOST]
 * Prints what ./dev bench reads: "link-speed MB/s 1234", and the CPU seconds
 * each side spent per GB.
 */

#include "config.h"

#include "shoal-connector.h"
#include "shoal-listener.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define HEADER_SIZE 13
#define PAYLOAD_SIZE 65536

typedef struct
{
  ShoalMainRuntime *runtime;
  ShoalIdentity    *identity;
  ShoalLink        *link;
  uint64_t          total;  /* to move */
  uint64_t          done;
  gint64            began;
  gboolean          over;
  GBytes           *header;
  GBytes           *payload;
} Side;

static double
get_cpu_seconds (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (double) usage.ru_utime.tv_sec + (double) usage.ru_stime.tv_sec
         + (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void
set_up (Side *side, uint64_t total)
{
  g_autoptr (GError) error = NULL;

  side->runtime = shoal_main_runtime_new (NULL);
  side->identity = shoal_identity_generate (&error);
  g_assert_no_error (error);
  side->total = total;
  side->header = g_bytes_new_take (g_malloc0 (HEADER_SIZE), HEADER_SIZE);
  side->payload = g_bytes_new_take (g_malloc0 (PAYLOAD_SIZE), PAYLOAD_SIZE);
}

static void
on_closed (ShoalLink *link, const GError *error, gpointer user_data)
{
  ((Side *) user_data)->over = TRUE;
}

/* --- Receiver ------------------------------------------------------------ */

static void
on_received (ShoalLink *link, guint stream, const uint8_t *data, size_t size, gpointer user_data)
{
  Side *side = user_data;
  g_autoptr (GBytes) thanks = NULL;

  side->done += size;
  if (side->done < side->total)
    return;
  thanks = g_bytes_new ("x", 1);
  shoal_link_send_control (link, thanks);
}

static void
on_accepted (ShoalListener *listener, ShoalLink *link, gpointer user_data)
{
  static const ShoalLinkEvents EVENTS = { .received = on_received, .closed = on_closed };
  Side *side = user_data;

  side->link = g_object_ref (link);
  shoal_link_set_events (link, &EVENTS, side);
}

static int
receive (int port_pipe, uint64_t total)
{
  g_autoptr (ShoalListener) listener = NULL;
  Side side = { 0 };
  guint16 port;

  set_up (&side, total);
  listener = shoal_listener_new (side.runtime, side.identity);
  g_signal_connect (listener, "accepted", G_CALLBACK (on_accepted), &side);
  if (!shoal_listener_start (listener, NULL, 0, NULL))
    return 1;
  port = shoal_listener_get_port (listener);
  if (write (port_pipe, &port, sizeof port) != sizeof port)
    return 1;
  while (!side.over)
    g_main_context_iteration (NULL, TRUE);
  printf ("link-speed receiver CPU s/GB %.2f\n", get_cpu_seconds () * 1e9 / (double) total);
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

  printf ("link-speed MB/s %.0f\n", (double) side->total / 1e6 / seconds);
  shoal_link_close (link);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  static const ShoalLinkEvents EVENTS = { on_thanks, on_writable, on_closed };
  Side *side = user_data;
  g_autoptr (GError) error = NULL;

  side->link = shoal_connector_connect_finish (SHOAL_CONNECTOR (source), result, &error);
  g_assert_no_error (error);
  shoal_link_set_events (side->link, &EVENTS, side);
  side->began = g_get_monotonic_time ();
  fill (side);
}

static int
send_all (int port_pipe, uint64_t total, const char *host)
{
  g_autoptr (ShoalConnector) connector = NULL;
  g_autofree char *where = NULL;
  Side side = { 0 };
  guint16 port;

  if (read (port_pipe, &port, sizeof port) != sizeof port)
    return 1;
  set_up (&side, total);
  connector = shoal_connector_new (side.runtime, side.identity);
  where = g_strdup_printf ("%s:%u", host, port);
  shoal_connector_connect_to_host_async (connector, where, NULL, 0, NULL, on_connected, &side);
  while (!side.over)
    g_main_context_iteration (NULL, TRUE);
  printf ("link-speed sender CPU s/GB %.2f\n", get_cpu_seconds () * 1e9 / (double) total);
  return 0;
}

int
main (int argc, char **argv)
{
  uint64_t frames = (argc > 1 ? strtoull (argv[1], NULL, 10) : 2048) * 16;
  uint64_t total = frames * (HEADER_SIZE + PAYLOAD_SIZE);
  int fds[2], status = 0;
  pid_t child;

  if (frames == 0 || pipe (fds) != 0 || (child = fork ()) < 0)
    return 2;
  if (child == 0)
    return receive (fds[1], total);
  close (fds[1]);
  if (send_all (fds[0], total, argc > 2 ? argv[2] : "127.0.0.1") != 0)
    return 1;
  waitpid (child, &status, 0);
  return WIFEXITED (status) ? WEXITSTATUS (status) : 1;
}
