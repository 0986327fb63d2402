/* fuzz-quic.c: datagrams for a QUIC connection in every stage, on a virtual clock.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first byte chooses: who receives (bit 0), and how far the two had come
 * before (bits 1 and 2: datagrams exchanged). Then datagrams: u16 size, bytes.
 * A size with its highest bit set means: the next datagram of the other side,
 * with the bytes over its beginning. Nothing may crash, and an end that is not
 * over must still write.
 */

#include "config.h"

#include "shoal-quic.h"
#include "shoal-sim-runtime.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static ShoalIdentity *
get_identity (void)
{
  static ShoalIdentity *identity;

  if (identity == NULL)
    identity = shoal_identity_generate (NULL);
  return identity;
}

/* The next datagram of @from; its size, 0 if it has none. */
static size_t
take (ShoalQuic *from, uint8_t *packet)
{
  size_t taken = 0;
  ShoalUdpPath path;
  gssize n = shoal_quic_write (from, NULL, packet, &path, &taken, NULL);

  shoal_quic_burst_ended (from);
  return n > 0 ? (size_t) n : 0;
}

static void
give (ShoalQuic *to, const uint8_t *packet, size_t size)
{
  size_t left;

  shoal_quic_receive (to, NULL, packet, size, NULL);
  for (guint stream = 0; stream < SHOAL_QUIC_STREAMS; stream++)
    if (shoal_quic_peek (to, stream, &left) != NULL)
      shoal_quic_consume (to, stream, left);
}

static void
play (ShoalSimRuntime *runtime, ShoalQuic *ends[2], const uint8_t *data, size_t size)
{
  uint8_t packet[SHOAL_QUIC_MAX_DATAGRAM];
  guint receiver = data[0] & 1, before = (data[0] >> 1 & 3) * 2;
  size_t n;

  for (guint i = 0; i < before; i++)
    while ((n = take (ends[i % 2], packet)) > 0)
      give (ends[1 - i % 2], packet, n);
  for (data++, size--; size >= 2;)
    {
      size_t length = (size_t) (data[0] & 0x7f) << 8 | data[1];
      gboolean is_real = (data[0] & 0x80) != 0;

      data += 2;
      size -= 2;
      length = MIN (length, size);
      if (is_real && (n = take (ends[1 - receiver], packet)) > 0)
        {
          memcpy (packet, data, MIN (length, n));
          give (ends[receiver], packet, n);
        }
      else
        give (ends[receiver], data, length);
      data += length;
      size -= length;
      shoal_sim_runtime_advance (runtime, 1000);
      shoal_quic_on_timer (ends[receiver], NULL);
      while (take (ends[receiver], packet) > 0)
        ;
    }
  shoal_quic_write_close (ends[receiver], packet, &(ShoalUdpPath){ 0 });
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (ShoalSimRuntime) runtime = shoal_sim_runtime_new (1);
  ShoalQuic *ends[2];

  if (size == 0)
    return 0;
  for (guint i = 0; i < 2; i++)
    {
      ShoalQuicConfig config = { .runtime = SHOAL_RUNTIME (runtime),
                                 .identity = get_identity (),
                                 .is_server = i == 1,
                                 .where = "there" };

      ends[i] = shoal_quic_new (&config, NULL);
    }
  play (runtime, ends, data, size);
  shoal_quic_free (ends[0]);
  shoal_quic_free (ends[1]);
  return 0;
}
