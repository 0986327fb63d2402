/* shoal-tls.h: TLS 1.3 as Shoal speaks it, without any I/O. Private to net.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-identity.h"

G_BEGIN_DECLS

/**
 * ShoalTls:
 *
 * One end of a TLS connection over a byte stream: TLS 1.3 and nothing older,
 * both certificates demanded, no CA, no tickets. Bytes from the socket go into
 * the input, bytes for the socket come out of the output; nothing blocks and
 * nothing is read ahead of what was given. GnuTLS is driven through these
 * buffers instead of a socket so that one system call moves many records.
 *
 * One owner, one thread.
 */
typedef struct _ShoalTls ShoalTls;

/* @expected: (nullable): the only key to accept, checked before our own
 * certificate is shown; copied. NULL with @error set if GnuTLS is unusable.
 * Returns: (transfer full) */
ShoalTls *shoal_tls_new  (ShoalIdentity *identity, gboolean is_server,
                          const ShoalDeviceId *expected, GError **error);
void      shoal_tls_free (ShoalTls *self);

/* --- The socket's side --------------------------------------------------- */

/* Where to receive into, at least 64 KiB; valid until the next call. */
uint8_t *shoal_tls_get_input_space (ShoalTls *self, size_t *size);
void     shoal_tls_add_input       (ShoalTls *self, size_t size);
/* TRUE if not all input has been taken yet: by handshake() or read(). */
gboolean shoal_tls_has_input       (ShoalTls *self);
/* The peer will send nothing more. */
void     shoal_tls_end_input       (ShoalTls *self);

/* What to send; NULL if nothing. */
const uint8_t *shoal_tls_get_output  (ShoalTls *self, size_t *size);
void           shoal_tls_sent_output (ShoalTls *self, size_t size);

/* Gives buffers back that are empty. */
void shoal_tls_trim (ShoalTls *self);

/* --- The link's side ----------------------------------------------------- */

typedef enum
{
  SHOAL_TLS_DONE,
  SHOAL_TLS_AGAIN,  /* needs more input */
  SHOAL_TLS_FAILED, /* @error; an alert may be in the output: try to send it */
} ShoalTlsStatus;

/* Goes on with the handshake. Errors in words for the user, @where being the
 * address: WRONG_KEY, PROTOCOL, VERSION, CLOSED, REFUSED. */
ShoalTlsStatus shoal_tls_handshake (ShoalTls *self, const char *where, GError **error);

/* After the handshake. (transfer none) */
const ShoalDeviceId *shoal_tls_get_peer_id  (ShoalTls *self);
/* 32 bytes. */
gboolean             shoal_tls_get_exporter (ShoalTls *self, uint8_t *exporter, GError **error);

/* Decrypts at most @size (at least 16 KiB) bytes. DONE with *@n = 0 means an
 * orderly end. */
ShoalTlsStatus shoal_tls_read (ShoalTls *self, uint8_t *data, size_t size, size_t *n,
                               GError **error);
/* Encrypts into the output. Small pieces are collected so that they share a
 * record: shoal_tls_finish_write() encrypts what is left. */
gboolean shoal_tls_write        (ShoalTls *self, const uint8_t *data, size_t size, GError **error);
gboolean shoal_tls_finish_write (ShoalTls *self, GError **error);
/* Puts an orderly end into the output. */
void     shoal_tls_bye   (ShoalTls *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalTls, shoal_tls_free)

G_END_DECLS
