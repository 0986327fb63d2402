/* shoal-error.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-base"

#include "config.h"

#include "shoal-error.h"

#include <errno.h>

typedef struct
{
  ShoalSide side;
  char     *next; /* (owned) (nullable) */
} ShoalErrorPrivate;

static void
shoal_error_private_init (ShoalErrorPrivate *priv)
{
}

static void
shoal_error_private_copy (const ShoalErrorPrivate *src, ShoalErrorPrivate *dest)
{
  dest->side = src->side;
  dest->next = g_strdup (src->next);
}

static void
shoal_error_private_clear (ShoalErrorPrivate *priv)
{
  g_free (priv->next);
}

G_DEFINE_EXTENDED_ERROR (ShoalError, shoal_error)

G_DEFINE_ENUM_TYPE (ShoalErrorCode, shoal_error_code,
  G_DEFINE_ENUM_VALUE (SHOAL_ERROR_FAILED, "failed"),
  G_DEFINE_ENUM_VALUE (SHOAL_ERROR_INVALID, "invalid"),
  G_DEFINE_ENUM_VALUE (SHOAL_ERROR_NOT_FOUND, "not-found"),
  G_DEFINE_ENUM_VALUE (SHOAL_ERROR_AMBIGUOUS, "ambiguous"),
  G_DEFINE_ENUM_VALUE (SHOAL_ERROR_REFUSED, "refused"),
  G_DEFINE_ENUM_VALUE (SHOAL_ERROR_DECLINED, "declined"),
  G_DEFINE_ENUM_VALUE (SHOAL_ERROR_WITHDRAWN, "withdrawn"),
  G_DEFINE_ENUM_VALUE (SHOAL_ERROR_UNREACHABLE, "unreachable"),
  G_DEFINE_ENUM_VALUE (SHOAL_ERROR_TIMED_OUT, "timed-out"),
  G_DEFINE_ENUM_VALUE (SHOAL_ERROR_CLOSED, "closed"),
  G_DEFINE_ENUM_VALUE (SHOAL_ERROR_PROTOCOL, "protocol"),
  G_DEFINE_ENUM_VALUE (SHOAL_ERROR_VERSION, "version"),
  G_DEFINE_ENUM_VALUE (SHOAL_ERROR_WRONG_KEY, "wrong-key"),
  G_DEFINE_ENUM_VALUE (SHOAL_ERROR_CHANGED, "changed"),
  G_DEFINE_ENUM_VALUE (SHOAL_ERROR_CORRUPT, "corrupt"),
  G_DEFINE_ENUM_VALUE (SHOAL_ERROR_DISK_FULL, "disk-full"),
  G_DEFINE_ENUM_VALUE (SHOAL_ERROR_DISK, "disk"),
  G_DEFINE_ENUM_VALUE (SHOAL_ERROR_UNSAFE_NAME, "unsafe-name"),
  G_DEFINE_ENUM_VALUE (SHOAL_ERROR_LIMIT, "limit"),
  G_DEFINE_ENUM_VALUE (SHOAL_ERROR_BUSY, "busy"),
  G_DEFINE_ENUM_VALUE (SHOAL_ERROR_UNSUPPORTED, "unsupported"),
  G_DEFINE_ENUM_VALUE (SHOAL_ERROR_IN_USE, "in-use"),
  G_DEFINE_ENUM_VALUE (SHOAL_ERROR_CANCELLED, "cancelled"),
  G_DEFINE_ENUM_VALUE (SHOAL_ERROR_NOT_GRANTED, "not-granted"))

G_DEFINE_ENUM_TYPE (ShoalSide, shoal_side,
  G_DEFINE_ENUM_VALUE (SHOAL_SIDE_NONE, "none"),
  G_DEFINE_ENUM_VALUE (SHOAL_SIDE_HERE, "here"),
  G_DEFINE_ENUM_VALUE (SHOAL_SIDE_THERE, "there"),
  G_DEFINE_ENUM_VALUE (SHOAL_SIDE_NETWORK, "network"))

G_GNUC_PRINTF (4, 0)
static GError *
new_valist (ShoalErrorCode code, ShoalSide side, const char *next, const char *format, va_list args)
{
  GError *error = g_error_new_valist (SHOAL_ERROR, (int) code, format, args);
  ShoalErrorPrivate *priv = shoal_error_get_private (error);

  priv->side = side;
  priv->next = g_strdup (next);
  return error;
}

GError *
shoal_error_new (ShoalErrorCode code, ShoalSide side, const char *next, const char *format, ...)
{
  GError *error;
  va_list args;

  va_start (args, format);
  error = new_valist (code, side, next, format, args);
  va_end (args);
  return error;
}

gboolean
shoal_error_set (GError **error, ShoalErrorCode code, ShoalSide side, const char *next,
                 const char *format, ...)
{
  va_list args;

  if (error == NULL)
    return FALSE;

  va_start (args, format);
  g_propagate_error (error, new_valist (code, side, next, format, args));
  va_end (args);
  return FALSE;
}

gboolean
shoal_error_set_errno (GError **error, int saved_errno, const char *format, ...)
{
  gboolean full = saved_errno == ENOSPC || saved_errno == EDQUOT;
  g_autofree char *what = NULL;
  va_list args;

  if (error == NULL)
    return FALSE;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);

  return shoal_error_set (error, full ? SHOAL_ERROR_DISK_FULL : SHOAL_ERROR_DISK, SHOAL_SIDE_HERE,
                          full ? "Free some space on that disk; the transfer goes on by itself."
                               : NULL,
                          "Could not %s: %s", what, g_strerror (saved_errno));
}

gboolean
shoal_error_set_not_granted (GError **error, const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *shown = g_filename_display_name (name);

  return shoal_error_set (error, SHOAL_ERROR_NOT_GRANTED, SHOAL_SIDE_HERE, "Choose it again.",
                          "Shoal may no longer read “%s”", shown);
}

ShoalSide
shoal_error_get_side (const GError *error)
{
  g_return_val_if_fail (error != NULL, SHOAL_SIDE_NONE);

  if (error->domain != SHOAL_ERROR)
    return SHOAL_SIDE_NONE;
  return shoal_error_get_private (error)->side;
}

const char *
shoal_error_get_next (const GError *error)
{
  g_return_val_if_fail (error != NULL, NULL);

  if (error->domain != SHOAL_ERROR)
    return NULL;
  return shoal_error_get_private (error)->next;
}

static const char *
nick_of (GType type, int value)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (type);
  GEnumValue *found = g_enum_get_value (klass, value);

  return found != NULL ? found->value_nick : "failed";
}

const char *
shoal_error_get_nick (const GError *error)
{
  g_return_val_if_fail (error != NULL, "failed");

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return "cancelled";
  if (error->domain != SHOAL_ERROR)
    return "failed";
  return nick_of (SHOAL_TYPE_ERROR_CODE, error->code);
}

const char *
shoal_side_get_nick (ShoalSide side)
{
  return nick_of (SHOAL_TYPE_SIDE, (int) side);
}
