/* fuzz-signal-body.c: sealed bodies, from those with the key and from others.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-seal.h"
#include "shoal-signal-body.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define NOW (G_GINT64_CONSTANT (1790000000) * G_USEC_PER_SEC)

static const uint8_t SECRET[SHOAL_SECRET_SIZE];

/* The first byte chooses: a text as it came, or a body that was sealed rightly. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char LABEL[] = "shoal signal 1";
  g_autoptr (ShoalSignalBody) body = NULL;
  g_autoptr (GBytes) sealed = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GByteArray) bound = g_byte_array_new ();
  uint8_t direction = SHOAL_SIGNAL_OFFER;
  ShoalTopic topic;
  ShoalTrackerId id;

  if (size < 1)
    return 0;
  memcpy (&id, "offer offer offer of", sizeof id);
  shoal_topic_init (&topic, SHOAL_TOPIC_SHARE, SECRET, 0);
  if (data[0] % 2 == 0)
    text = g_strndup ((const char *) data + 1, size - 1);
  else
    {
      g_byte_array_append (bound, (const guint8 *) LABEL, sizeof LABEL - 1);
      g_byte_array_append (bound, &direction, 1);
      g_byte_array_append (bound, (const guint8 *) topic.name, SHOAL_TOPIC_LENGTH);
      g_byte_array_append (bound, id.bytes, sizeof id.bytes);
      sealed = shoal_seal (topic.key, SECRET, bound->data, bound->len, data + 1, size - 1);
      text = g_base64_encode (g_bytes_get_data (sealed, NULL), g_bytes_get_size (sealed));
    }

  body = shoal_signal_body_open (text, &topic, &id, SHOAL_SIGNAL_OFFER, NOW, NULL);
  if (body != NULL)
    {
      g_autofree char *again = shoal_signal_body_seal (body, &topic, &id, SHOAL_SIGNAL_OFFER,
                                                       SECRET, NOW, NULL);

      g_assert (again != NULL);
    }
  return 0;
}
