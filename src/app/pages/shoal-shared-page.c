/* shoal-shared-page.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-shared-page.h"

#include "shoal-share-row.h"

struct _ShoalSharedPage
{
  GtkWidget   parent_instance;

  ShoalModel *model; /* (owned) (nullable): until it is set */

  /* Of the template. */
  GtkStack   *stack;
  GtkListBox *list;
};

G_DEFINE_FINAL_TYPE (ShoalSharedPage, shoal_shared_page, GTK_TYPE_WIDGET)

typedef enum
{
  PROP_MODEL = 1,
} ShoalSharedPageProperty;

static GParamSpec *props[PROP_MODEL + 1];

static void
on_items_changed (ShoalSharedPage *self)
{
  guint n = g_list_model_get_n_items (shoal_model_get_shares (self->model));

  gtk_stack_set_visible_child_name (self->stack, n > 0 ? "list" : "empty");
}

static GtkWidget *
create_row (gpointer item, gpointer user_data)
{
  return shoal_share_row_new (SHOAL_SHARED_PAGE (user_data)->model, item);
}

static void
set_model (ShoalSharedPage *self, ShoalModel *model)
{
  GListModel *shares;

  if (model == NULL || self->model != NULL)
    return;

  self->model = g_object_ref (model);
  shares = shoal_model_get_shares (model);
  gtk_list_box_bind_model (self->list, shares, create_row, self, NULL);
  g_signal_connect_object (shares, "items-changed", G_CALLBACK (on_items_changed), self,
                           G_CONNECT_SWAPPED);
  on_items_changed (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_MODEL]);
}

/* --- GObject --------------------------------------------------------------- */

static void
shoal_shared_page_dispose (GObject *object)
{
  ShoalSharedPage *self = SHOAL_SHARED_PAGE (object);

  if (self->list != NULL)
    gtk_list_box_bind_model (self->list, NULL, NULL, NULL, NULL);
  self->list = NULL;
  g_clear_pointer ((GtkWidget **) &self->stack, gtk_widget_unparent);
  g_clear_object (&self->model);

  G_OBJECT_CLASS (shoal_shared_page_parent_class)->dispose (object);
}

static void
shoal_shared_page_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  switch ((ShoalSharedPageProperty) prop_id)
    {
    case PROP_MODEL:
      g_value_set_object (value, SHOAL_SHARED_PAGE (object)->model);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
shoal_shared_page_set_property (GObject *object, guint prop_id, const GValue *value,
                                GParamSpec *pspec)
{
  switch ((ShoalSharedPageProperty) prop_id)
    {
    case PROP_MODEL:
      set_model (SHOAL_SHARED_PAGE (object), g_value_get_object (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
shoal_shared_page_class_init (ShoalSharedPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = shoal_shared_page_dispose;
  object_class->get_property = shoal_shared_page_get_property;
  object_class->set_property = shoal_shared_page_set_property;

  props[PROP_MODEL]
    = g_param_spec_object ("model", NULL, NULL, SHOAL_TYPE_MODEL,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               SHOAL_RESOURCES "shoal-shared-page.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalSharedPage, stack);
  gtk_widget_class_bind_template_child (widget_class, ShoalSharedPage, list);
}

static void
shoal_shared_page_init (ShoalSharedPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* --- Public ---------------------------------------------------------------- */

GtkWidget *
shoal_shared_page_new (ShoalModel *model)
{
  return g_object_new (SHOAL_TYPE_SHARED_PAGE, "model", model, NULL);
}

gboolean
shoal_shared_page_reveal (ShoalSharedPage *self, const char *share)
{
  GtkListBoxRow *row;

  g_return_val_if_fail (SHOAL_IS_SHARED_PAGE (self) && share != NULL, FALSE);

  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->list, i)) != NULL; i++)
    if (g_str_equal (
          shoal_share_item_get_id (shoal_share_row_get_item (SHOAL_SHARE_ROW (row))), share))
      return gtk_widget_grab_focus (GTK_WIDGET (row));
  return FALSE;
}
