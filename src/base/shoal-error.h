/* shoal-error.h: what can go wrong, on whose side, and what to do next.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Codes that somebody acts on or a user is told; everything else is a
 * %G_IO_ERROR. The nick of a code is the `code` of shoal-cli's JSON and is
 * part of its contract. */
typedef enum
{
  SHOAL_ERROR_FAILED,       /* none of the others */
  SHOAL_ERROR_INVALID,      /* input that is not what it claims to be */
  SHOAL_ERROR_NOT_FOUND,    /* no such device, share, file */
  SHOAL_ERROR_AMBIGUOUS,    /* a name that means several devices */
  SHOAL_ERROR_REFUSED,      /* the other device does not allow it */
  SHOAL_ERROR_DECLINED,     /* a person said no */
  SHOAL_ERROR_WITHDRAWN,    /* the offerer took the offer back */
  SHOAL_ERROR_UNREACHABLE,  /* nobody answers at that address */
  SHOAL_ERROR_TIMED_OUT,    /* somebody answered and then fell silent */
  SHOAL_ERROR_CLOSED,       /* the link ended */
  SHOAL_ERROR_PROTOCOL,     /* the other device broke the protocol */
  SHOAL_ERROR_VERSION,      /* no protocol version in common */
  SHOAL_ERROR_WRONG_KEY,    /* a known address answered with another key */
  SHOAL_ERROR_CHANGED,      /* a file changed while it was being sent */
  SHOAL_ERROR_CORRUPT,      /* data that does not verify */
  SHOAL_ERROR_DISK_FULL,
  SHOAL_ERROR_DISK,         /* any other trouble with a disk */
  SHOAL_ERROR_UNSAFE_NAME,  /* a file name that must not be written */
  SHOAL_ERROR_LIMIT,        /* larger than a limit in shoal-limits.h */
  SHOAL_ERROR_BUSY,         /* try again later */
  SHOAL_ERROR_UNSUPPORTED,  /* the destination or device cannot do it */
  SHOAL_ERROR_IN_USE,       /* another process owns it */
  SHOAL_ERROR_CANCELLED,
  SHOAL_ERROR_NOT_GRANTED,  /* a sandboxed Shoal may not read it, or not any more */
} ShoalErrorCode;

#define SHOAL_TYPE_ERROR_CODE (shoal_error_code_get_type ())
GType shoal_error_code_get_type (void);

typedef enum
{
  SHOAL_SIDE_NONE,    /* nobody's: both, or unknown */
  SHOAL_SIDE_HERE,    /* this device */
  SHOAL_SIDE_THERE,   /* the other device */
  SHOAL_SIDE_NETWORK, /* what lies between */
} ShoalSide;

#define SHOAL_TYPE_SIDE (shoal_side_get_type ())
GType shoal_side_get_type (void);

#define SHOAL_ERROR (shoal_error_quark ())
GQuark shoal_error_quark (void);

/**
 * shoal_error_new:
 * @code: what happened
 * @side: on whose side
 * @next: (nullable): what the user can do now, one sentence; copied
 * @format: the message: cause, and where
 *
 * An error a user can meet says cause, side and next step; one made with
 * plain g_set_error() in this domain has side NONE and no next step.
 *
 * Returns: (transfer full)
 */
GError *shoal_error_new (ShoalErrorCode code, ShoalSide side, const char *next, const char *format,
                         ...) G_GNUC_PRINTF (4, 5);

/* As shoal_error_new(), into @error (which may be NULL). Always returns FALSE,
 * so that callers can `return shoal_error_set (…)`. */
gboolean shoal_error_set (GError **error, ShoalErrorCode code, ShoalSide side, const char *next,
                          const char *format, ...) G_GNUC_PRINTF (5, 6);

/* Turns errno @saved_errno of doing @what (a verb phrase: "write “a.txt”")
 * into an error on our side: DISK_FULL for ENOSPC and EDQUOT, else DISK. */
gboolean shoal_error_set_errno (GError **error, int saved_errno, const char *format, ...)
  G_GNUC_PRINTF (3, 4);

/* What the desktop granted, at @path, is not to be read any more. */
gboolean shoal_error_set_not_granted (GError **error, const char *path);

/* SHOAL_SIDE_NONE for errors of other domains. */
ShoalSide   shoal_error_get_side (const GError *error);
/* (nullable) (transfer none) */
const char *shoal_error_get_next (const GError *error);
/* The stable word for a code, of any domain: "disk-full"; "failed" if foreign. */
const char *shoal_error_get_nick (const GError *error);
const char *shoal_side_get_nick  (ShoalSide side);

G_END_DECLS
