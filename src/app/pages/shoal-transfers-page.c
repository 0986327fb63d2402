/* shoal-transfers-page.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-transfers-page.h"

#include "shoal-commands-history.h"
#include "shoal-commands-transfers.h"
#include "shoal-format.h"
#include "shoal-transfer-actions.h"
#include "shoal-transfer-list.h"
#include "shoal-transfer-row.h"
#include "shoal-window.h"

#include <glib/gi18n.h>

/* So many rows of the history are widgets; more on demand. */
#define OLDER 50

/* What is taken off the list but can be had back as long as its toast is shown. */
typedef struct
{
  AdwToast  *toast;     /* (unowned): alive until it is dismissed */
  GPtrArray *ids;       /* (owned) of char* */
  gboolean   cancel;    /* cancels rather than removes; it was paused to that end */
  gboolean   was_paused;
} Taken;

struct _ShoalTransfersPage
{
  GtkWidget          parent_instance;

  ShoalModel        *model;  /* (owned) (nullable): until it is set */
  ShoalTransferList *active; /* (owned) (nullable) */
  ShoalTransferList *over;   /* (owned) (nullable) */
  Taken             *taken;  /* (owned) (nullable) */

  /* Of the template. */
  GtkStack          *stack;
  GtkListBox        *active_list;
  GtkWidget         *history;
  GtkListBox        *over_list;
  GtkWidget         *older_button;
};

G_DEFINE_FINAL_TYPE (ShoalTransfersPage, shoal_transfers_page, GTK_TYPE_WIDGET)

typedef enum
{
  PROP_MODEL = 1,
} ShoalTransfersPageProperty;

static GParamSpec *props[PROP_MODEL + 1];

/* --- The lists ------------------------------------------------------------- */

static void
update_visibility (ShoalTransfersPage *self)
{
  guint n_active = g_list_model_get_n_items (G_LIST_MODEL (self->active));
  guint n_over = shoal_transfer_list_get_total (self->over);

  gtk_widget_set_visible (GTK_WIDGET (self->active_list), n_active > 0);
  gtk_widget_set_visible (self->history, n_over > 0);
  gtk_widget_set_visible (self->older_button,
                          n_over > shoal_transfer_list_get_limit (self->over));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "transfers.clear-finished", n_over > 0);
  gtk_stack_set_visible_child_name (self->stack, n_active + n_over > 0 ? "lists" : "empty");
}

static GtkWidget *
create_row (gpointer item, gpointer user_data)
{
  ShoalTransfersPage *self = user_data;

  return shoal_transfer_row_new (self->model, item);
}

static void
on_row_activated (GtkListBox *list, GtkListBoxRow *row, ShoalTransfersPage *self)
{
  shoal_transfer_actions_show_details (GTK_WIDGET (self), self->model,
                                       shoal_transfer_row_get_item (SHOAL_TRANSFER_ROW (row)));
}

static void
show_older (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalTransfersPage *self = SHOAL_TRANSFERS_PAGE (widget);

  shoal_transfer_list_set_limit (self->over, shoal_transfer_list_get_limit (self->over) + OLDER);
  update_visibility (self);
}

static void
set_model (ShoalTransfersPage *self, ShoalModel *model)
{
  GListModel *transfers;

  if (model == NULL || self->model != NULL)
    return;

  self->model = g_object_ref (model);
  transfers = shoal_model_get_transfers (model);
  self->active = shoal_transfer_list_new (transfers, FALSE, G_MAXUINT);
  self->over = shoal_transfer_list_new (transfers, TRUE, OLDER);
  gtk_list_box_bind_model (self->active_list, G_LIST_MODEL (self->active), create_row, self, NULL);
  gtk_list_box_bind_model (self->over_list, G_LIST_MODEL (self->over), create_row, self, NULL);
  g_signal_connect_object (self->active, "items-changed", G_CALLBACK (update_visibility), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->over, "items-changed", G_CALLBACK (update_visibility), self,
                           G_CONNECT_SWAPPED);
  update_visibility (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_MODEL]);
}

/* --- Taking off, with a way back -------------------------------------------- */

static void
set_hidden (ShoalTransfersPage *self, GPtrArray *ids, gboolean hidden)
{
  for (guint i = 0; i < ids->len; i++)
    {
      shoal_transfer_list_set_hidden (self->active, g_ptr_array_index (ids, i), hidden);
      shoal_transfer_list_set_hidden (self->over, g_ptr_array_index (ids, i), hidden);
    }
}

static void
taken_free (Taken *taken)
{
  g_ptr_array_unref (taken->ids);
  g_free (taken);
}

/* There is no way back any more. */
static void
settle (ShoalTransfersPage *self)
{
  Taken *taken = g_steal_pointer (&self->taken);

  if (taken == NULL)
    return;

  for (guint i = 0; i < taken->ids->len; i++)
    {
      const char *id = g_ptr_array_index (taken->ids, i);

      if (taken->cancel)
        shoal_model_cancel (self->model, id);
      else
        shoal_model_take_away (self->model, id);
    }
  /* What is cancelled is seen among those that are over. */
  if (taken->cancel)
    set_hidden (self, taken->ids, FALSE);
  taken_free (taken);
}

/* Before the toast goes by itself: what is asked for when leaving. */
static void
settle_now (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalTransfersPage *self = SHOAL_TRANSFERS_PAGE (widget);

  if (self->taken != NULL)
    adw_toast_dismiss (self->taken->toast);
}

static void
undo (ShoalTransfersPage *self)
{
  Taken *taken = g_steal_pointer (&self->taken);

  if (taken == NULL)
    return;

  set_hidden (self, taken->ids, FALSE);
  if (taken->cancel && !taken->was_paused)
    shoal_model_resume (self->model, g_ptr_array_index (taken->ids, 0));
  taken_free (taken);
}

static void
on_undo (AdwToast *toast, ShoalTransfersPage *self)
{
  if (self->taken != NULL && self->taken->toast == toast)
    undo (self);
}

static void
on_toast_dismissed (AdwToast *toast, ShoalTransfersPage *self)
{
  if (self->taken != NULL && self->taken->toast == toast)
    settle (self);
}

/* Takes @ids (transfer full) off the list; what was taken off before is settled. */
static void
take (ShoalTransfersPage *self, GPtrArray *ids, gboolean cancel, gboolean was_paused,
      const char *said)
{
  ShoalWindow *window = shoal_window_of (GTK_WIDGET (self));
  AdwToast *before = self->taken != NULL ? self->taken->toast : NULL;
  AdwToast *toast = adw_toast_new (said);

  settle (self);
  if (before != NULL)
    adw_toast_dismiss (before);

  self->taken = g_new0 (Taken, 1);
  self->taken->toast = toast;
  self->taken->ids = ids;
  self->taken->cancel = cancel;
  self->taken->was_paused = was_paused;
  set_hidden (self, ids, TRUE);

  adw_toast_set_button_label (toast, _("_Undo"));
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (on_undo), self, 0);
  g_signal_connect_object (toast, "dismissed", G_CALLBACK (on_toast_dismissed), self, 0);
  if (window != NULL)
    shoal_window_add_toast (window, toast);
  else
    {
      settle (self);
      g_object_unref (toast);
    }
}

/* Toasts take markup. (transfer full) */
static char *
said_of (const char *format, const ShoalTransferInfo *info)
{
  g_autofree char *name = shoal_format_name (info->name);
  g_autofree char *escaped = g_markup_escape_text (name, -1);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  return g_strdup_printf (format, escaped);
#pragma GCC diagnostic pop
}

static GPtrArray *
only (const char *id)
{
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (ids, g_strdup (id));
  return ids;
}

/* A download that is cancelled loses what it has: it only pauses until the toast
 * is gone. An offer is taken back at once: that cannot wait. */
static void
cancel (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalTransfersPage *self = SHOAL_TRANSFERS_PAGE (widget);
  ShoalTransferItem *item
    = shoal_model_find_transfer (self->model, g_variant_get_string (parameter, NULL));
  const ShoalTransferInfo *info = item != NULL ? shoal_transfer_item_get_info (item) : NULL;
  gboolean was_paused;
  g_autofree char *said = NULL;

  if (info == NULL)
    return;
  if (info->direction == SHOAL_TRANSFER_SEND)
    {
      shoal_model_cancel (self->model, info->id);
      return;
    }

  was_paused = info->phase == SHOAL_TRANSFER_PAUSED;
  if (!was_paused)
    shoal_model_pause (self->model, info->id);
  said = said_of (_("“%s” cancelled"), info);
  take (self, only (info->id), TRUE, was_paused, said);
}

static void
remove_one (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalTransfersPage *self = SHOAL_TRANSFERS_PAGE (widget);
  ShoalTransferItem *item
    = shoal_model_find_transfer (self->model, g_variant_get_string (parameter, NULL));
  const ShoalTransferInfo *info = item != NULL ? shoal_transfer_item_get_info (item) : NULL;
  g_autofree char *said = NULL;

  if (info == NULL)
    return;
  if (shoal_transfer_item_is_active (item))
    {
      gtk_widget_activate_action (widget, "transfers.cancel", "s", info->id);
      return;
    }

  said = said_of (_("“%s” removed from the list"), info);
  take (self, only (info->id), FALSE, FALSE, said);
}

static void
clear_finished (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalTransfersPage *self = SHOAL_TRANSFERS_PAGE (widget);
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);
  guint n = shoal_transfer_list_get_total (self->over);
  g_autofree char *said = g_strdup_printf (ngettext ("%u transfer removed from the list",
                                                     "%u transfers removed from the list", n),
                                           n);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (ids,
                     g_strdup (shoal_transfer_item_get_id (
                       shoal_transfer_list_peek (self->over, i))));
  take (self, ids, FALSE, FALSE, said);
}

/* --- The order ------------------------------------------------------------- */

static const char *
id_at (ShoalTransfersPage *self, guint position)
{
  ShoalTransferItem *item = shoal_transfer_list_peek (self->active, position);

  return item != NULL ? shoal_transfer_item_get_id (item) : NULL;
}

static void
move (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalTransfersPage *self = SHOAL_TRANSFERS_PAGE (widget);
  const char *id, *how;
  guint position;

  g_variant_get (parameter, "(&s&s)", &id, &how);
  if (!shoal_transfer_list_find (self->active, id, &position))
    return;

  if (g_str_equal (how, "first") && position > 0)
    shoal_model_move_transfer (self->model, id, id_at (self, 0));
  else if (g_str_equal (how, "up") && position > 0)
    shoal_model_move_transfer (self->model, id, id_at (self, position - 1));
  else if (g_str_equal (how, "down")
           && position + 1 < g_list_model_get_n_items (G_LIST_MODEL (self->active)))
    shoal_model_move_transfer (self->model, id, id_at (self, position + 2));
}

static void
drop (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalTransfersPage *self = SHOAL_TRANSFERS_PAGE (widget);
  const char *id, *target, *before;
  gboolean below;
  guint position;

  g_variant_get (parameter, "(&s&sb)", &id, &target, &below);
  if (!shoal_transfer_list_find (self->active, target, &position))
    return;
  before = id_at (self, below ? position + 1 : position);
  if (g_strcmp0 (before, id) != 0)
    shoal_model_move_transfer (self->model, id, before);
}

/* --- GObject --------------------------------------------------------------- */

static void
shoal_transfers_page_dispose (GObject *object)
{
  ShoalTransfersPage *self = SHOAL_TRANSFERS_PAGE (object);

  /* The toast cannot be pressed any more. */
  settle (self);
  if (self->active_list != NULL)
    {
      gtk_list_box_bind_model (self->active_list, NULL, NULL, NULL, NULL);
      gtk_list_box_bind_model (self->over_list, NULL, NULL, NULL, NULL);
      self->active_list = NULL;
    }
  g_clear_pointer ((GtkWidget **) &self->stack, gtk_widget_unparent);
  g_clear_object (&self->active);
  g_clear_object (&self->over);
  g_clear_object (&self->model);

  G_OBJECT_CLASS (shoal_transfers_page_parent_class)->dispose (object);
}

static void
shoal_transfers_page_get_property (GObject *object, guint prop_id, GValue *value,
                                   GParamSpec *pspec)
{
  switch ((ShoalTransfersPageProperty) prop_id)
    {
    case PROP_MODEL:
      g_value_set_object (value, SHOAL_TRANSFERS_PAGE (object)->model);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
shoal_transfers_page_set_property (GObject *object, guint prop_id, const GValue *value,
                                   GParamSpec *pspec)
{
  switch ((ShoalTransfersPageProperty) prop_id)
    {
    case PROP_MODEL:
      set_model (SHOAL_TRANSFERS_PAGE (object), g_value_get_object (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
shoal_transfers_page_class_init (ShoalTransfersPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = shoal_transfers_page_dispose;
  object_class->get_property = shoal_transfers_page_get_property;
  object_class->set_property = shoal_transfers_page_set_property;

  props[PROP_MODEL]
    = g_param_spec_object ("model", NULL, NULL, SHOAL_TYPE_MODEL,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               SHOAL_RESOURCES "shoal-transfers-page.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalTransfersPage, stack);
  gtk_widget_class_bind_template_child (widget_class, ShoalTransfersPage, active_list);
  gtk_widget_class_bind_template_child (widget_class, ShoalTransfersPage, history);
  gtk_widget_class_bind_template_child (widget_class, ShoalTransfersPage, over_list);
  gtk_widget_class_bind_template_child (widget_class, ShoalTransfersPage, older_button);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated);

  gtk_widget_class_install_action (widget_class, "transfers.clear-finished", NULL,
                                   clear_finished);
  gtk_widget_class_install_action (widget_class, "transfers.show-older", NULL, show_older);
  gtk_widget_class_install_action (widget_class, "transfers.cancel", "s", cancel);
  gtk_widget_class_install_action (widget_class, "transfers.remove", "s", remove_one);
  gtk_widget_class_install_action (widget_class, "transfers.settle", NULL, settle_now);
  gtk_widget_class_install_action (widget_class, "transfers.move", "(ss)", move);
  gtk_widget_class_install_action (widget_class, "transfers.drop", "(ssb)", drop);
}

static void
shoal_transfers_page_init (ShoalTransfersPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* --- Public ---------------------------------------------------------------- */

GtkWidget *
shoal_transfers_page_new (ShoalModel *model)
{
  return g_object_new (SHOAL_TYPE_TRANSFERS_PAGE, "model", model, NULL);
}

/* The row of @item in @list. (transfer none) (nullable) */
static GtkWidget *
row_of (GtkListBox *list, const char *id)
{
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (list, i)) != NULL; i++)
    if (g_str_equal (shoal_transfer_item_get_id (
                       shoal_transfer_row_get_item (SHOAL_TRANSFER_ROW (row))),
                     id))
      return GTK_WIDGET (row);
  return NULL;
}

gboolean
shoal_transfers_page_reveal (ShoalTransfersPage *self, const char *transfer)
{
  GtkWidget *row;
  guint position;

  g_return_val_if_fail (SHOAL_IS_TRANSFERS_PAGE (self) && transfer != NULL, FALSE);

  if (self->model == NULL)
    return FALSE;
  if (shoal_transfer_list_find (self->over, transfer, &position))
    while (position >= shoal_transfer_list_get_limit (self->over))
      show_older (GTK_WIDGET (self), NULL, NULL);

  row = row_of (self->active_list, transfer);
  if (row == NULL)
    row = row_of (self->over_list, transfer);
  /* The scrolled window follows the focus. */
  return row != NULL && gtk_widget_grab_focus (row);
}
