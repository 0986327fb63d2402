/* shoal-own-picture.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-own-picture.h"

#include "shoal-error.h"
#include "shoal-settings.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gi18n.h>

/* As large as it is ever shown, on a screen with small pixels. */
#define SIDE 192

/* As it is decoded: what is long and narrow keeps enough of its shorter side. */
#define MOST_LONG (8 * SIDE)

static void
fail (GTask *task, const char *why)
{
  g_task_return_error (task, shoal_error_new (SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                                              _("Choose a PNG or JPEG picture."),
                                              _("This cannot be used as a picture: %s"), why));
}

/* (transfer full) (nullable): the middle, SIDE × SIDE at most */
static GdkPixbuf *
crop (GdkPixbuf *picture)
{
  int width = gdk_pixbuf_get_width (picture), height = gdk_pixbuf_get_height (picture);
  int side = MIN (width, height);
  g_autoptr (GdkPixbuf) middle = gdk_pixbuf_new_subpixbuf (picture, (width - side) / 2,
                                                           (height - side) / 2, side, side);

  if (side <= SIDE)
    return g_steal_pointer (&middle);
  return gdk_pixbuf_scale_simple (middle, SIDE, SIDE, GDK_INTERP_BILINEAR);
}

/* Photos become JPEG; what is transparent must be PNG. */
static GBytes *
encode (GdkPixbuf *picture, GError **error)
{
  char *bytes;
  gsize size;

  if (gdk_pixbuf_get_has_alpha (picture))
    {
      if (!gdk_pixbuf_save_to_buffer (picture, &bytes, &size, "png", error, NULL))
        return NULL;
      if (size <= SHOAL_MAX_PICTURE_BYTES)
        return g_bytes_new_take (bytes, size);
      g_free (bytes);
    }
  if (!gdk_pixbuf_save_to_buffer (picture, &bytes, &size, "jpeg", error, "quality", "85", NULL))
    return NULL;
  return g_bytes_new_take (bytes, size);
}

static void
on_decoded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkPixbuf) read = gdk_pixbuf_new_from_stream_finish (result, &error);
  g_autoptr (GdkPixbuf) upright = NULL;
  g_autoptr (GdkPixbuf) small = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (read != NULL)
    {
      upright = gdk_pixbuf_apply_embedded_orientation (read);
      small = crop (upright);
      bytes = encode (small, &error);
    }
  if (bytes == NULL)
    fail (task, error->message);
  else if (g_bytes_get_size (bytes) > SHOAL_MAX_PICTURE_BYTES)
    fail (task, _("it has too many details"));
  else
    g_task_return_pointer (task, g_steal_pointer (&bytes), (GDestroyNotify) g_bytes_unref);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileInputStream) stream = g_file_read_finish (G_FILE (source), result, &error);

  if (stream == NULL)
    {
      fail (task, error->message);
      g_object_unref (task);
      return;
    }
  gdk_pixbuf_new_from_stream_at_scale_async (G_INPUT_STREAM (stream), MOST_LONG, MOST_LONG, TRUE,
                                             NULL, on_decoded, task);
}

void
shoal_own_picture_load_async (GFile *file, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_source_tag (task, shoal_own_picture_load_async);
  g_file_read_async (file, G_PRIORITY_DEFAULT, NULL, on_opened, task);
}

GBytes *
shoal_own_picture_load_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
