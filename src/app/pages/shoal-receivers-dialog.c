/* shoal-receivers-dialog.c: whom is this for? Several people, or a link.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-receivers-dialog.h"

#include "shoal-opening.h"
#include "shoal-people-list.h"
#include "shoal-person-words.h"
#include "shoal-receiver-row.h"
#include "shoal-sending.h"
#include "shoal-share-dialog.h"

#include <glib/gi18n.h>

/* With more people than this one wants to search. */
#define SEARCH_FROM 9

struct _ShoalReceiversDialog
{
  AdwWindow           parent_instance;

  ShoalWindow        *window;  /* (unowned): we are transient for it */
  ShoalPayload       *payload; /* (owned) */
  GHashTable         *chosen;  /* (owned): IDs */
  GtkFilterListModel *shown;   /* (owned) */

  GtkImage           *icon;
  GtkLabel           *title_label;
  GtkLabel           *subtitle_label;
  GtkSearchEntry     *search_entry;
  GtkStack           *stack;
  GtkListBox         *people_list;
  GtkWidget          *others_list;
  GtkWidget          *link_row;
  GtkWidget          *open_row;
};

G_DEFINE_FINAL_TYPE (ShoalReceiversDialog, shoal_receivers_dialog, ADW_TYPE_WINDOW)

/* --- People -------------------------------------------------------------- */

static void
update_send (ShoalReceiversDialog *self)
{
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "receivers.send",
                                 g_hash_table_size (self->chosen) > 0);
}

static void
on_toggled (ShoalReceiverRow *row, gpointer user_data)
{
  ShoalReceiversDialog *self = user_data;
  const char *id = shoal_device_item_get_id (shoal_receiver_row_get_item (row));

  if (shoal_receiver_row_is_chosen (row))
    g_hash_table_add (self->chosen, g_strdup (id));
  else
    g_hash_table_remove (self->chosen, id);
  update_send (self);
}

/* Also when it was chosen by the beginning of its ID, before the rest was known. */
static gboolean
is_chosen (ShoalReceiversDialog *self, const char *id)
{
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->chosen);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      if (g_str_equal (key, id))
        return TRUE;
      if (!shoal_is_whole_id (key) && g_str_has_prefix (id, key))
        {
          g_hash_table_iter_remove (&iter);
          g_hash_table_add (self->chosen, g_strdup (id));
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
is_listed (ShoalReceiversDialog *self, const char *id)
{
  GListModel *people = gtk_filter_list_model_get_model (self->shown);

  for (guint i = 0; i < g_list_model_get_n_items (people); i++)
    {
      g_autoptr (ShoalDeviceItem) item = g_list_model_get_item (people, i);

      if (g_str_equal (shoal_device_item_get_id (item), id))
        return TRUE;
    }
  return FALSE;
}

/* Whoever has gone for good is not sent anything unseen. */
static void
forget_the_gone (ShoalReceiversDialog *self)
{
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->chosen);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      if (shoal_is_whole_id (key) && !is_listed (self, key))
        g_hash_table_iter_remove (&iter);
    }
  update_send (self);
}

static GtkWidget *
create_row (gpointer item, gpointer user_data)
{
  ShoalReceiversDialog *self = user_data;
  const char *id = shoal_device_item_get_id (item);
  GtkWidget *row = shoal_receiver_row_new (item, is_chosen (self, id));

  g_signal_connect (row, "toggled", G_CALLBACK (on_toggled), self);
  return row;
}

static gboolean
matches (gpointer item, gpointer user_data)
{
  ShoalReceiversDialog *self = user_data;
  const char *wanted = gtk_editable_get_text (GTK_EDITABLE (self->search_entry));

  return *wanted == '\0'
         || g_str_match_string (wanted, shoal_device_item_get_name (item), TRUE);
}

static void
on_search_changed (ShoalReceiversDialog *self)
{
  gtk_filter_changed (gtk_filter_list_model_get_filter (self->shown), GTK_FILTER_CHANGE_DIFFERENT);
}

static void
on_people_changed (ShoalReceiversDialog *self)
{
  guint n_all = g_list_model_get_n_items (gtk_filter_list_model_get_model (self->shown));
  guint n_shown = g_list_model_get_n_items (G_LIST_MODEL (self->shown));

  if (n_all >= SEARCH_FROM)
    gtk_widget_set_visible (GTK_WIDGET (self->search_entry), TRUE);
  gtk_stack_set_visible_child_name (self->stack, n_shown > 0 ? "people"
                                                 : n_all > 0 ? "unknown"
                                                             : "nobody");
  forget_the_gone (self);
}

/* --- Actions ------------------------------------------------------------- */

static void
on_send (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalReceiversDialog *self = SHOAL_RECEIVERS_DIALOG (widget);
  g_autofree gpointer *ids = g_hash_table_get_keys_as_array (self->chosen, NULL);

  shoal_sending_send (GTK_WIDGET (self->window), self->payload, (const char *const *) ids);
  gtk_window_close (GTK_WINDOW (self));
}

static void
on_link (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalReceiversDialog *self = SHOAL_RECEIVERS_DIALOG (widget);
  g_autoptr (ShoalPayload) payload = shoal_payload_ref (self->payload);
  ShoalWindow *window = self->window;

  gtk_window_close (GTK_WINDOW (self));
  if (shoal_payload_is_lasting (payload))
    shoal_share_dialog_show (GTK_WINDOW (window), shoal_window_get_model (window),
                             shoal_payload_get_paths (payload));
  else
    shoal_share_dialog_ask_to_choose (GTK_WINDOW (window), shoal_window_get_model (window));
}

static void
on_open (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalReceiversDialog *self = SHOAL_RECEIVERS_DIALOG (widget);
  g_autofree char *what = g_strdup (shoal_payload_get_openable (self->payload));
  ShoalWindow *window = self->window;

  gtk_window_close (GTK_WINDOW (self));
  shoal_opening_show (window, what);
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_receivers_dialog_dispose (GObject *object)
{
  ShoalReceiversDialog *self = SHOAL_RECEIVERS_DIALOG (object);

  if (self->people_list != NULL && self->shown != NULL)
    gtk_list_box_bind_model (self->people_list, NULL, NULL, NULL, NULL);
  g_clear_object (&self->shown);
  g_clear_pointer (&self->payload, shoal_payload_unref);
  g_clear_pointer (&self->chosen, g_hash_table_unref);
  G_OBJECT_CLASS (shoal_receivers_dialog_parent_class)->dispose (object);
}

static void
shoal_receivers_dialog_class_init (ShoalReceiversDialogClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = shoal_receivers_dialog_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/shoal/Shoal/shoal-receivers-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalReceiversDialog, icon);
  gtk_widget_class_bind_template_child (widget_class, ShoalReceiversDialog, title_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalReceiversDialog, subtitle_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalReceiversDialog, search_entry);
  gtk_widget_class_bind_template_child (widget_class, ShoalReceiversDialog, stack);
  gtk_widget_class_bind_template_child (widget_class, ShoalReceiversDialog, people_list);
  gtk_widget_class_bind_template_child (widget_class, ShoalReceiversDialog, others_list);
  gtk_widget_class_bind_template_child (widget_class, ShoalReceiversDialog, link_row);
  gtk_widget_class_bind_template_child (widget_class, ShoalReceiversDialog, open_row);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);

  gtk_widget_class_install_action (widget_class, "receivers.send", NULL, on_send);
  gtk_widget_class_install_action (widget_class, "receivers.link", NULL, on_link);
  gtk_widget_class_install_action (widget_class, "receivers.open", NULL, on_open);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Return, GDK_CONTROL_MASK,
                                       "receivers.send", NULL);
}

static void
shoal_receivers_dialog_init (ShoalReceiversDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->chosen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  update_send (self);
}

/* --- Public -------------------------------------------------------------- */

static void
show_payload (ShoalReceiversDialog *self)
{
  g_autofree char *title = shoal_payload_get_title (self->payload);
  g_autofree char *subtitle = shoal_payload_get_subtitle (self->payload);
  gboolean has_link = shoal_payload_get_paths (self->payload) != NULL;
  gboolean opens = shoal_payload_get_openable (self->payload) != NULL;

  gtk_image_set_from_icon_name (self->icon, shoal_payload_get_icon_name (self->payload));
  gtk_label_set_label (self->title_label, title);
  gtk_label_set_label (self->subtitle_label, subtitle);
  gtk_widget_set_visible (self->link_row, has_link);
  gtk_widget_set_visible (self->open_row, opens);
  gtk_widget_set_visible (self->others_list, has_link || opens);
}

void
shoal_receivers_dialog_present (ShoalWindow *parent, ShoalPayload *payload)
{
  ShoalReceiversDialog *self;
  ShoalPeopleList *people;

  g_return_if_fail (SHOAL_IS_WINDOW (parent) && payload != NULL);

  self = g_object_new (SHOAL_TYPE_RECEIVERS_DIALOG, "transient-for", parent, NULL);
  self->window = parent;
  self->payload = shoal_payload_ref (payload);
  people = shoal_people_list_new (shoal_model_get_devices (shoal_window_get_model (parent)),
                                  SHOAL_PEOPLE_ALL);
  self->shown
    = gtk_filter_list_model_new (G_LIST_MODEL (people),
                                 GTK_FILTER (gtk_custom_filter_new (matches, self, NULL)));
  g_signal_connect_object (self->shown, "items-changed", G_CALLBACK (on_people_changed), self,
                           G_CONNECT_SWAPPED);
  gtk_list_box_bind_model (self->people_list, G_LIST_MODEL (self->shown), create_row, self, NULL);
  show_payload (self);
  on_people_changed (self);
  gtk_window_present (GTK_WINDOW (self));
}
