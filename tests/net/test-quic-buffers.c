/* test-quic-buffers.c: what a QUIC connection holds of what has come.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-quic-private.h"
#include "shoal-sim-runtime.h"

/* One burst of packets. */
static void
pass (ShoalQuic *from, ShoalQuic *to, ShoalSendQueue *queue, gint64 now)
{
  g_autoptr (GError) error = NULL;
  size_t burst = shoal_quic_get_burst (from), taken = 0;
  uint8_t packet[SHOAL_QUIC_MAX_DATAGRAM];
  ShoalUdpPath path;

  if (shoal_quic_get_timer (from) <= now)
    shoal_quic_on_timer (from, &error);
  g_assert_no_error (error);
  for (size_t total = 0; total < burst;)
    {
      gssize n = shoal_quic_write (from, queue, packet, &path, &taken, &error);

      g_assert_no_error (error);
      if (n <= 0)
        break;
      total += (size_t) n;
      shoal_quic_receive (to, NULL, packet, (size_t) n, &error);
      g_assert_no_error (error);
    }
  shoal_quic_burst_ended (from);
}

/* Whoever reads, but never to the end, is not to hold what it has read. */
static void
test_always_behind (void)
{
  ShoalSimRuntime *sim = shoal_sim_runtime_new (shoal_sim_seed (1));
  ShoalRuntime *runtime = SHOAL_RUNTIME (sim);
  g_autofree uint8_t *zeroes = g_malloc0 (65536);
  g_autoptr (GBytes) frame = g_bytes_new (zeroes, 65536);
  ShoalSendQueue queue;
  ShoalIdentity *identities[2];
  ShoalQuic *ends[2];
  size_t total = 0;

  shoal_send_queue_init (&queue);
  for (guint i = 0; i < 2; i++)
    {
      identities[i] = shoal_identity_generate (NULL);
      ends[i] = shoal_quic_new (&(ShoalQuicConfig){ .runtime = runtime,
                                                    .identity = identities[i],
                                                    .is_server = i == 1,
                                                    .where = "there" }, NULL);
    }
  for (guint i = 0; i < 60000 && total < 32 * 1024 * 1024; i++)
    {
      size_t size;

      while (queue.bulk_bytes < 1024 * 1024)
        shoal_send_queue_push_bulk (&queue, 0, frame, NULL);
      shoal_sim_runtime_advance (sim, 1000);
      for (guint j = 0; j < 2; j++)
        pass (ends[j], ends[1 - j], j == 0 ? &queue : NULL, shoal_runtime_now (runtime));
      if (shoal_quic_peek (ends[1], 1, &size) == NULL || size <= 1)
        continue;
      shoal_quic_consume (ends[1], 1, size - 1);
      total += size - 1;
      g_assert_cmpuint (ends[1]->in[1].bytes->len, <, 4 * 1024 * 1024);
    }
  g_assert_cmpuint (total, >=, 32 * 1024 * 1024);

  for (guint i = 0; i < 2; i++)
    {
      shoal_quic_free (ends[i]);
      shoal_identity_unref (identities[i]);
    }
  shoal_send_queue_clear (&queue);
  g_assert_finalize_object (sim);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net/quic-buffers/always-behind", test_always_behind);
  return g_test_run ();
}
