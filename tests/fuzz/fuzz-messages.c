/* fuzz-messages.c: one message: what is accepted can be said again, alike.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first byte is the type, the rest the body.
 */

#include "config.h"

#include "shoal-error.h"
#include "shoal-message.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Which says more than we do, or other than we understood. */
static gboolean
is_of_the_future (const ShoalMessage *message)
{
  return (message->type == SHOAL_MESSAGE_HELLO
          && (message->hello.version > SHOAL_PROTOCOL_VERSION
              || message->hello.kind == SHOAL_DEVICE_KIND_UNKNOWN))
         || (message->type == SHOAL_MESSAGE_GOODBYE
             && message->goodbye.code == SHOAL_GOODBYE_OTHER);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_auto (ShoalMessage) message = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) again = NULL;
  const uint8_t *bytes;
  size_t encoded;
  ShoalFrame frame;

  if (size == 0)
    return 0;

  frame = (ShoalFrame){ data[0], data + 1, size - 1, NULL };
  if (!shoal_message_decode (&message, &frame, &error))
    {
      g_assert (error->domain == SHOAL_ERROR && shoal_error_get_side (error) == SHOAL_SIDE_THERE);
      return 0;
    }

  again = shoal_message_encode (&message, &error);
  g_assert (again != NULL);
  if (is_of_the_future (&message))
    return 0;

  bytes = g_bytes_get_data (again, &encoded);
  g_assert (encoded >= SHOAL_FRAME_HEADER_SIZE && bytes[4] == data[0]);
  if (message.type == SHOAL_MESSAGE_DATA)
    {
      g_autoptr (GBytes) payload
        = shoal_message_take (&message, message.data.payload, message.data.size);

      g_assert (encoded + g_bytes_get_size (payload) == size + 4);
    }
  else
    {
      g_assert (encoded == size + 4);
    }
  /* Names come back with blanks for what plays tricks with a screen. */
  for (size_t i = 0; i < encoded - 4; i++)
    g_assert (bytes[4 + i] == data[i] || bytes[4 + i] == ' ');
  return 0;
}
