/* ui-widgets.c: finding widgets and doing what a person does with them.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ui-fixture.h"

#include "shoal-drop.h"
#include "shoal-format.h"
#include "shoal-steady-label.h"

/* --- Walking ----------------------------------------------------------------- */

typedef gboolean (*Wanted) (GtkWidget *widget, gconstpointer data);

static GtkWidget *
walk (GtkWidget *widget, Wanted wanted, gconstpointer data)
{
  if (!gtk_widget_get_mapped (widget))
    return NULL;
  if (wanted (widget, data))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = walk (child, wanted, data);

      if (found != NULL)
        return found;
    }
  return NULL;
}

/* Newest windows first: a dialogue is over what it belongs to. */
static GtkWidget *
search (gpointer root, Wanted wanted, gconstpointer data)
{
  GListModel *windows = gtk_window_get_toplevels ();

  if (root != NULL)
    return walk (GTK_WIDGET (root), wanted, data);
  for (guint i = g_list_model_get_n_items (windows); i > 0; i--)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i - 1);
      GtkWidget *found = walk (window, wanted, data);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static char *
without_mnemonic (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "_", -1);

  return g_strjoinv ("", parts);
}

static char *
dup_view_text (GtkTextView *view)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (view);
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  return gtk_text_buffer_get_text (buffer, &start, &end, TRUE);
}

char *
ui_dup_text (GtkWidget *widget)
{
  const char *text = NULL;

  if (GTK_IS_LABEL (widget))
    text = gtk_label_get_text (GTK_LABEL (widget));
  else if (GTK_IS_INSCRIPTION (widget))
    text = gtk_inscription_get_text (GTK_INSCRIPTION (widget));
  else if (SHOAL_IS_STEADY_LABEL (widget))
    text = shoal_steady_label_get_text (SHOAL_STEADY_LABEL (widget));
  else if (GTK_IS_TEXT_VIEW (widget))
    return dup_view_text (GTK_TEXT_VIEW (widget));
  else if (GTK_IS_EDITABLE (widget))
    text = gtk_editable_get_text (GTK_EDITABLE (widget));
  else if (GTK_IS_BUTTON (widget))
    text = gtk_button_get_label (GTK_BUTTON (widget));
  else if (GTK_IS_CHECK_BUTTON (widget))
    text = gtk_check_button_get_label (GTK_CHECK_BUTTON (widget));
  else if (ADW_IS_PREFERENCES_ROW (widget))
    text = adw_preferences_row_get_title (ADW_PREFERENCES_ROW (widget));
  else if (ADW_IS_BUTTON_CONTENT (widget))
    text = adw_button_content_get_label (ADW_BUTTON_CONTENT (widget));
  if (text == NULL)
    return NULL;
  return GTK_IS_LABEL (widget) || GTK_IS_EDITABLE (widget) ? g_strdup (text)
                                                           : without_mnemonic (text);
}

static gboolean
has_id (GtkWidget *widget, gconstpointer id)
{
  return g_strcmp0 (gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget)), id) == 0
         || g_strcmp0 (gtk_widget_get_name (widget), id) == 0;
}

static gboolean
has_type (GtkWidget *widget, gconstpointer type)
{
  return g_type_is_a (G_OBJECT_TYPE (widget), *(const GType *) type);
}

static gboolean
has_label (GtkWidget *widget, gconstpointer label)
{
  g_autofree char *text = ui_dup_text (widget);
  g_autofree char *actual = NULL;

  if (g_strcmp0 (text, label) == 0)
    return TRUE;
  if (!gtk_test_accessible_has_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL))
    return FALSE;
  actual = gtk_test_accessible_check_property (GTK_ACCESSIBLE (widget),
                                               GTK_ACCESSIBLE_PROPERTY_LABEL, label, NULL);
  return actual == NULL;
}

gboolean
ui_text_has (const char *text, const char *wanted)
{
  g_auto (GStrv) parts = g_strsplit (text, SHOAL_FORMAT_SPACE, -1);
  g_autofree char *plain = g_strjoinv (" ", parts);

  return strstr (text, wanted) != NULL || strstr (plain, wanted) != NULL;
}

static gboolean
contains (GtkWidget *widget, gconstpointer wanted)
{
  g_autofree char *text = ui_dup_text (widget);

  return text != NULL && ui_text_has (text, wanted);
}

GtkWidget *
ui_find (gpointer root, const char *id)
{
  return search (root, has_id, id);
}

GtkWidget *
ui_find_type (gpointer root, GType type)
{
  return search (root, has_type, &type);
}

GtkWidget *
ui_find_label (gpointer root, const char *label)
{
  return search (root, has_label, label);
}

gboolean
ui_shows (gpointer root, const char *text)
{
  return search (root, contains, text) != NULL;
}

GtkWidget *
ui_above (GtkWidget *widget, GType type)
{
  while (widget != NULL && !has_type (widget, &type))
    widget = gtk_widget_get_parent (widget);
  return widget;
}

/* The condition that is printed names what was looked for. */
static GtkWidget *
get (gpointer root, Wanted wanted, gconstpointer data, const char *what)
{
  gint64 deadline = ui_get_deadline ();
  GtkWidget *widget;

  while ((widget = search (root, wanted, data)) == NULL)
    ui_iterate (deadline, G_STRLOC, what);
  return widget;
}

GtkWidget *
ui_get (gpointer root, const char *id)
{
  return get (root, has_id, id, id);
}

GtkWidget *
ui_get_type (gpointer root, GType type)
{
  return get (root, has_type, &type, g_type_name (type));
}

static gboolean
has_class (GtkWidget *widget, gconstpointer name)
{
  return g_str_equal (G_OBJECT_TYPE_NAME (widget), name);
}

GtkWidget *
ui_get_class (gpointer root, const char *name)
{
  return get (root, has_class, name, name);
}

GtkWidget *
ui_get_label (gpointer root, const char *label)
{
  return get (root, has_label, label, label);
}

/* --- Doing ------------------------------------------------------------------- */

static gboolean
can_be_clicked (GtkWidget *widget)
{
  return GTK_IS_BUTTON (widget) || GTK_IS_MENU_BUTTON (widget) || ADW_IS_SPLIT_BUTTON (widget)
         || GTK_IS_SWITCH (widget) || GTK_IS_CHECK_BUTTON (widget)
         || GTK_IS_LIST_BOX_ROW (widget)
         || g_str_equal (G_OBJECT_TYPE_NAME (widget), "GtkModelButton");
}

/* A button emits at once, where gtk_widget_activate() first shows it pressed. */
void
ui_click (GtkWidget *widget)
{
  GtkWidget *target = widget;

  while (target != NULL && !can_be_clicked (target))
    target = gtk_widget_get_parent (target);
  if (target == NULL)
    g_error ("nothing about %s can be clicked", G_OBJECT_TYPE_NAME (widget));
  g_assert_true (gtk_widget_get_mapped (target));
  g_assert_true (gtk_widget_is_sensitive (target));

  if (GTK_IS_SWITCH (target))
    gtk_switch_set_active (GTK_SWITCH (target), !gtk_switch_get_active (GTK_SWITCH (target)));
  else if (GTK_IS_BUTTON (target) || ADW_IS_SPLIT_BUTTON (target))
    g_signal_emit_by_name (target, "clicked");
  else if (GTK_IS_MENU_BUTTON (target))
    gtk_menu_button_popup (GTK_MENU_BUTTON (target));
  else
    g_assert_true (gtk_widget_activate (target));
}

void
ui_action (gpointer widget, const char *name, GVariant *parameter)
{
  if (!gtk_widget_activate_action_variant (GTK_WIDGET (widget), name, parameter))
    g_error ("there is no action %s at %s", name, G_OBJECT_TYPE_NAME (widget));
}

void
ui_type (GtkWidget *widget, const char *text)
{
  g_assert_true (gtk_widget_is_sensitive (widget));
  if (GTK_IS_TEXT_VIEW (widget))
    gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (widget)), text, -1);
  else
    gtk_editable_set_text (GTK_EDITABLE (widget), text);
}

static void
on_spoken (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_subprocess_wait_check_finish (G_SUBPROCESS (source), result, &error);
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

/* The display has handed the keys out when xdotool ends; they may still be on
 * their way through the window's connection. */
static gboolean
any_is_active (void)
{
  GListModel *windows = gtk_window_get_toplevels ();
  gboolean found = FALSE;

  for (guint i = 0; i < g_list_model_get_n_items (windows) && !found; i++)
    {
      g_autoptr (GtkWindow) window = g_list_model_get_item (windows, i);

      found = gtk_window_is_active (window);
    }
  return found;
}

void
ui_key (UiFixture *ui, const char *keys)
{
  g_autoptr (GSubprocess) xdotool = NULL;
  g_autoptr (GError) error = NULL;
  gboolean done = FALSE;

  ui_wait_for (any_is_active ());
  xdotool = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, "xdotool", "key",
                              "--clearmodifiers", keys, NULL);
  g_assert_no_error (error);
  g_subprocess_wait_check_async (xdotool, NULL, on_spoken, &done);
  ui_wait_for (done);
  gdk_display_sync (gdk_display_get_default ());
}

/* --- Dropping ---------------------------------------------------------------- */

gboolean
ui_drop_files (GtkWidget *widget, const char *const *paths)
{
  g_auto (GValue) value = G_VALUE_INIT;
  GSList *files = NULL;

  for (guint i = 0; paths[i] != NULL; i++)
    files = g_slist_append (files, g_file_new_for_path (paths[i]));
  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&value, files);
  return shoal_drop_feed (widget, &value);
}

gboolean
ui_drop_text (GtkWidget *widget, const char *text)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_STRING);
  g_value_set_string (&value, text);
  return shoal_drop_feed (widget, &value);
}

/* --- Dialogues --------------------------------------------------------------- */

/* While a folder is loaded, it is itself what a chooser of folders has. */
static gboolean
has_chosen (GtkFileChooser *chooser, GFile *last, guint wanted)
{
  g_autoptr (GListModel) files = gtk_file_chooser_get_files (chooser);

  if (files == NULL || g_list_model_get_n_items (files) != wanted)
    return FALSE;
  for (guint i = 0; i < wanted; i++)
    {
      g_autoptr (GFile) file = g_list_model_get_item (files, i);

      if (g_file_equal (file, last))
        return TRUE;
    }
  return FALSE;
}

/* Several files are selected in their folder, once it is loaded; one may be new. */
void
ui_choose (const char *const *paths)
{
  GtkFileChooser *chooser = GTK_FILE_CHOOSER (ui_get_type (NULL, GTK_TYPE_FILE_CHOOSER_DIALOG));
  GtkFileChooserAction action = gtk_file_chooser_get_action (chooser);

  if (paths == NULL)
    {
      gtk_dialog_response (GTK_DIALOG (chooser), GTK_RESPONSE_CANCEL);
      return;
    }
  for (guint i = 0; paths[i] != NULL; i++)
    {
      g_autoptr (GFile) file = g_file_new_for_path (paths[i]);
      g_autoptr (GFile) folder = g_file_get_parent (file);
      g_autofree char *name = g_file_get_basename (file);
      g_autoptr (GError) error = NULL;

      if (action == GTK_FILE_CHOOSER_ACTION_SAVE)
        {
          gtk_file_chooser_set_current_folder (chooser, folder, &error);
          gtk_file_chooser_set_current_name (chooser, name);
        }
      else
        gtk_file_chooser_set_file (chooser, file, &error);
      g_assert_no_error (error);
      ui_wait_for (has_chosen (chooser, file, i + 1));
    }
  gtk_dialog_response (GTK_DIALOG (chooser), GTK_RESPONSE_ACCEPT);
}

void
ui_answer (const char *response)
{
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (ui_get_type (NULL, ADW_TYPE_MESSAGE_DIALOG));

  g_assert_true (adw_message_dialog_has_response (dialog, response));
  g_assert_true (adw_message_dialog_get_response_enabled (dialog, response));
  /* Its buttons close it as well. */
  g_object_ref (dialog);
  adw_message_dialog_response (dialog, response);
  gtk_window_destroy (GTK_WINDOW (dialog));
  g_object_unref (dialog);
}

/* --- Pictures ---------------------------------------------------------------- */

/* At least as wide as it must be. Without a compositor the window draws a border:
 * part of what it measures and of what it is set to, not of its width. */
void
ui_resize (UiFixture *ui, int width, int height)
{
  GtkWidget *window = GTK_WIDGET (ui->window);
  int least, border = 0;

  ui_wait_for (gtk_widget_get_width (window) > 0);
  if (!gdk_display_is_composited (gtk_widget_get_display (window)))
    border = gdk_surface_get_width (gtk_native_get_surface (GTK_NATIVE (window)))
             - gtk_widget_get_width (window);
  gtk_widget_measure (window, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  width = MAX (width, least - border);
  gtk_window_set_default_size (GTK_WINDOW (window), width + border, height + border);
  ui_wait_for (gtk_widget_get_width (window) == width);
  ui_settle (ui);
}

void
ui_picture (UiFixture *ui, GtkWidget *window, const char *name)
{
  const char *folder = g_getenv ("SHOAL_UI_PICTURES");
  GtkWidget *widget = window != NULL ? window : GTK_WIDGET (ui->window);
  g_autoptr (GdkPaintable) paintable = NULL;
  g_autoptr (GtkSnapshot) snapshot = NULL;
  g_autoptr (GskRenderNode) node = NULL;
  g_autoptr (GdkTexture) texture = NULL;
  g_autofree char *file = NULL, *path = NULL;
  int width, height, scale = gtk_widget_get_scale_factor (widget);

  if (folder == NULL)
    return;
  /* With the shadow around it, which the widget's own size leaves out. */
  paintable = gtk_widget_paintable_new (widget);
  width = gdk_paintable_get_intrinsic_width (paintable);
  height = gdk_paintable_get_intrinsic_height (paintable);
  snapshot = gtk_snapshot_new ();
  gtk_snapshot_scale (snapshot, (float) scale, (float) scale);
  gdk_paintable_snapshot (paintable, snapshot, width, height);
  node = gtk_snapshot_to_node (snapshot);
  if (node == NULL)
    return;
  texture = gsk_renderer_render_texture (
    gtk_native_get_renderer (GTK_NATIVE (widget)), node,
    &GRAPHENE_RECT_INIT (0, 0, (float) (width * scale), (float) (height * scale)));
  file = g_strconcat (name, ".png", NULL);
  path = g_build_filename (folder, file, NULL);
  g_assert_true (gdk_texture_save_to_png (texture, path));
}
