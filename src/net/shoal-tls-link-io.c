/* shoal-tls-link-io.c: the bytes of ShoalTlsLink.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-tls-link-private.h"

#include "shoal-error.h"
#include "shoal-socket.h"

#include <errno.h>
#include <sys/socket.h>

/* Plaintext handed up at once; ciphertext per send(). */
#define PLAIN_SIZE (128 * 1024)
#define OUTPUT_MARK (64 * 1024)
#define RECORD_SIZE 16384
/* Per turn of the main loop and direction. */
#define TURN_BYTES (1024 * 1024)

/* --- Writing ------------------------------------------------------------- */

/* Encrypts frames until a send() is worth it. FALSE if the link has failed. */
static gboolean
fill_output (ShoalTlsLink *self)
{
  ShoalSendQueue *queue = shoal_link_get_send_queue (SHOAL_LINK (self));
  GError *error = NULL;
  ShoalOutFrame frame;
  size_t filled = 0;

  while (error == NULL && filled < OUTPUT_MARK && shoal_send_queue_pop (queue, &frame))
    {
      size_t size;
      const uint8_t *data = g_bytes_get_data (frame.header, &size);

      if (shoal_tls_write (self->tls, data, size, &error) && frame.payload != NULL)
        {
          data = g_bytes_get_data (frame.payload, &size);
          shoal_tls_write (self->tls, data, size, &error);
        }
      filled += frame.size;
      shoal_out_frame_clear (&frame);
    }

  self->n_unsent += filled;
  if (error == NULL && shoal_tls_finish_write (self->tls, &error))
    return TRUE;
  shoal_tls_link_fail (self, error);
  return FALSE;
}

/* FALSE if the link has failed. */
gboolean
shoal_tls_link_send (ShoalTlsLink *self)
{
  const uint8_t *output;
  size_t size;

  while ((output = shoal_tls_get_output (self->tls, &size)) != NULL)
    {
      ssize_t n = send (self->fd, output, size, MSG_NOSIGNAL);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        {
          self->wait_write = TRUE;
          return TRUE;
        }
      if (n < 0)
        {
          shoal_tls_link_fail (self, shoal_socket_error (errno));
          return FALSE;
        }
      shoal_tls_sent_output (self->tls, (size_t) n);
    }
  return TRUE;
}

/* Returns the bytes moved. `writable` may be emitted, and all that follows. */
size_t
shoal_tls_link_write (ShoalTlsLink *self)
{
  size_t total = 0;

  while (self->state == STATE_OPEN || self->state == STATE_FLUSHING)
    {
      size_t sent;

      if (!shoal_tls_link_send (self) || self->wait_write)
        break;
      sent = self->n_unsent;
      self->n_unsent = 0;
      total += sent;
      if (sent > 0)
        shoal_link_wrote (SHOAL_LINK (self), sent);

      if ((self->state != STATE_OPEN && self->state != STATE_FLUSHING)
          || shoal_send_queue_is_empty (shoal_link_get_send_queue (SHOAL_LINK (self))))
        break;
      if (total >= TURN_BYTES)
        {
          self->kicked = TRUE;
          break;
        }
      if (!fill_output (self))
        break;
    }
  return total;
}

/* --- Reading ------------------------------------------------------------- */

/* One recv(). FALSE if the link has failed; @got: FALSE if nothing was there. */
gboolean
shoal_tls_link_receive (ShoalTlsLink *self, gboolean *got)
{
  size_t space;
  uint8_t *input = shoal_tls_get_input_space (self->tls, &space);
  ssize_t n;

  *got = FALSE;
  if (self->saw_end || space == 0)
    return TRUE;
  do
    n = recv (self->fd, input, space, 0);
  while (n < 0 && errno == EINTR);

  if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
    {
      if (self->state == STATE_HANDSHAKING && errno == ECONNRESET)
        self->saw_end = TRUE;
      else
        {
          shoal_tls_link_fail (self, shoal_socket_error (errno));
          return FALSE;
        }
    }
  if (n == 0)
    self->saw_end = TRUE;
  if (self->saw_end)
    shoal_tls_end_input (self->tls);
  if (n > 0)
    shoal_tls_add_input (self->tls, (size_t) n);
  *got = n > 0 || self->saw_end;
  return TRUE;
}

/* Decrypts what is there, up to a buffer full. An orderly end, too, is told by
 * @error. */
static void
decrypt (ShoalTlsLink *self, size_t *size, GError **error)
{
  size_t n;

  *size = 0;
  while (*size + RECORD_SIZE <= PLAIN_SIZE
         && shoal_tls_read (self->tls, self->plain + *size, PLAIN_SIZE - *size, &n, error)
              == SHOAL_TLS_DONE)
    {
      if (n == 0)
        {
          shoal_error_set (error, SHOAL_ERROR_CLOSED, SHOAL_SIDE_THERE, NULL,
                           "The other device closed the connection");
          return;
        }
      *size += n;
    }
}

size_t
shoal_tls_link_read (ShoalTlsLink *self)
{
  size_t total = 0;

  if (self->plain == NULL)
    self->plain = g_malloc (PLAIN_SIZE);

  while (shoal_link_is_reading (SHOAL_LINK (self)))
    {
      GError *error = NULL;
      gboolean got = TRUE;
      size_t size;

      if (total >= TURN_BYTES)
        {
          self->kicked = TRUE;
          break;
        }
      if (!shoal_tls_has_input (self->tls) && !shoal_tls_link_receive (self, &got))
        break;
      if (!got)
        break;

      decrypt (self, &size, &error);
      total += size;
      if (size > 0)
        shoal_link_emit_received (SHOAL_LINK (self), 0, self->plain, size);
      if (error != NULL && self->state == STATE_OPEN)
        shoal_tls_link_fail_with_alert (self, error);
      else
        g_clear_error (&error);
    }
  return total;
}
