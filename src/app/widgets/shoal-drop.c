/* shoal-drop.c: a place to drop files and texts on.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * GtkDropTarget says nothing when what is dropped cannot be read; a portal that
 * refuses folders would make a drop vanish without a word. So we read ourselves. */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-drop.h"

#include "shoal-background.h"
#include "shoal-error.h"

#include <glib/gi18n.h>

#define FUNCS_KEY "shoal-drop-funcs"

/* Files first: what is dragged from a file manager is a text as well. */
static GType
get_best_type (GdkContentFormats *formats)
{
  if (gdk_content_formats_contain_gtype (formats, GDK_TYPE_FILE_LIST))
    return GDK_TYPE_FILE_LIST;
  if (gdk_content_formats_contain_gtype (formats, G_TYPE_FILE))
    return G_TYPE_FILE;
  return gdk_content_formats_contain_gtype (formats, G_TYPE_STRING) ? G_TYPE_STRING
                                                                    : G_TYPE_INVALID;
}

static const ShoalDropFuncs *
get_funcs (GtkWidget *widget)
{
  return g_object_get_data (G_OBJECT (widget), FUNCS_KEY);
}

/* --- What a sandbox is given ------------------------------------------------ */

typedef struct
{
  GtkWidget    *widget;  /* (owned) */
  ShoalPayload *payload; /* (owned) */
  guint         at;      /* the path that is looked at */
} Checking;

static void look_at_next (Checking *self);

static void
on_looked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Checking *self = user_data;
  g_autoptr (GFileInfo) info = g_file_query_info_finish (G_FILE (source), result, NULL);
  g_autoptr (GError) error = NULL;

  if (info != NULL)
    {
      self->at++;
      look_at_next (self);
      return;
    }
  if (gtk_widget_get_root (self->widget) != NULL)
    {
      g_autofree char *name = g_file_get_basename (G_FILE (source));
      g_autofree char *shown = g_filename_display_name (name);

      shoal_error_set (&error, SHOAL_ERROR_NOT_GRANTED, SHOAL_SIDE_HERE, NULL,
                       _("The desktop does not let Shoal read “%s”"), shown);
      get_funcs (self->widget)->failed (self->widget, error);
    }
  g_object_unref (self->widget);
  shoal_payload_unref (self->payload);
  g_free (self);
}

static void
look_at_next (Checking *self)
{
  const char *const *paths = shoal_payload_get_paths (self->payload);
  g_autoptr (GFile) file = NULL;

  if (paths[self->at] != NULL)
    {
      file = g_file_new_for_path (paths[self->at]);
      g_file_query_info_async (file, G_FILE_ATTRIBUTE_STANDARD_TYPE, G_FILE_QUERY_INFO_NONE,
                               G_PRIORITY_DEFAULT, NULL, on_looked, self);
      return;
    }
  if (gtk_widget_get_root (self->widget) != NULL)
    get_funcs (self->widget)->dropped (self->widget, self->payload);
  g_object_unref (self->widget);
  shoal_payload_unref (self->payload);
  g_free (self);
}

/* Some programs drop mere names, which lead nowhere in a sandbox: that is said now,
 * and not when somebody has been chosen to send to. */
static void
check (GtkWidget *widget, ShoalPayload *payload)
{
  Checking *self = g_new0 (Checking, 1);

  self->widget = g_object_ref (widget);
  self->payload = shoal_payload_ref (payload);
  look_at_next (self);
}

/* --- What is dropped --------------------------------------------------------- */

static void
take_value (GtkWidget *widget, const GValue *value)
{
  const ShoalDropFuncs *funcs = get_funcs (widget);
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalPayload) payload = shoal_payload_new_value (value, &error);

  if (payload == NULL)
    funcs->failed (widget, error);
  else if (shoal_background_is_sandboxed () && shoal_payload_get_paths (payload) != NULL)
    check (widget, payload);
  else
    funcs->dropped (widget, payload);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GtkWidget) widget = user_data;
  GdkDrop *drop = GDK_DROP (source);
  g_autoptr (GError) error = NULL;
  const GValue *value = gdk_drop_read_value_finish (drop, result, &error);

  gdk_drop_finish (drop, value != NULL ? GDK_ACTION_COPY : 0);
  /* The window may have gone meanwhile. */
  if (gtk_widget_get_root (widget) == NULL)
    return;
  if (value != NULL)
    take_value (widget, value);
  else
    get_funcs (widget)->failed (widget, error);
}

/* What is around hears nothing of a drop that was taken within. */
static void
end_hover (GtkWidget *widget)
{
  for (; widget != NULL; widget = gtk_widget_get_parent (widget))
    if (get_funcs (widget) != NULL)
      get_funcs (widget)->hover (widget, FALSE);
}

static gboolean
on_drop (GtkDropTargetAsync *target, GdkDrop *drop, double x, double y, gpointer user_data)
{
  GtkWidget *widget = user_data;
  GType type = get_best_type (gdk_drop_get_formats (drop));

  end_hover (widget);
  if (type == G_TYPE_INVALID)
    return FALSE;
  gdk_drop_read_value_async (drop, type, G_PRIORITY_DEFAULT, NULL, on_read,
                             g_object_ref (widget));
  return TRUE;
}

static GdkDragAction
on_drag_enter (GtkDropTargetAsync *target, GdkDrop *drop, double x, double y, gpointer user_data)
{
  get_funcs (user_data)->hover (user_data, TRUE);
  return GDK_ACTION_COPY;
}

static void
on_drag_leave (GtkDropTargetAsync *target, GdkDrop *drop, gpointer user_data)
{
  get_funcs (user_data)->hover (user_data, FALSE);
}

void
shoal_drop_add (GtkWidget *widget, const ShoalDropFuncs *funcs)
{
  GType types[] = { GDK_TYPE_FILE_LIST, G_TYPE_FILE, G_TYPE_STRING };
  GdkContentFormatsBuilder *builder = gdk_content_formats_builder_new ();
  GtkDropTargetAsync *target;

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    gdk_content_formats_builder_add_gtype (builder, types[i]);
  target = gtk_drop_target_async_new (gdk_content_formats_builder_free_to_formats (builder),
                                      GDK_ACTION_COPY);
  g_object_set_data (G_OBJECT (widget), FUNCS_KEY, (gpointer) funcs);
  g_signal_connect (target, "drag-enter", G_CALLBACK (on_drag_enter), widget);
  g_signal_connect (target, "drag-leave", G_CALLBACK (on_drag_leave), widget);
  g_signal_connect (target, "drop", G_CALLBACK (on_drop), widget);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (target));
}

gboolean
shoal_drop_is_place (GtkWidget *widget)
{
  return get_funcs (widget) != NULL;
}

gboolean
shoal_drop_feed (GtkWidget *widget, const GValue *value)
{
  while (widget != NULL && !shoal_drop_is_place (widget))
    widget = gtk_widget_get_parent (widget);
  if (widget == NULL)
    return FALSE;
  take_value (widget, value);
  return TRUE;
}
