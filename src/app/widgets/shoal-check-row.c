/* shoal-check-row.c: one step of “Can't see the other device?”.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-check-row.h"

#include "shoal-format.h"

#include <glib/gi18n.h>

/* --- Item ---------------------------------------------------------------- */

struct _ShoalCheckItem
{
  GObject     parent_instance;

  ShoalCheck *check; /* (owned) */
};

G_DEFINE_FINAL_TYPE (ShoalCheckItem, shoal_check_item, G_TYPE_OBJECT)

static guint changed_signal;

static void
shoal_check_item_finalize (GObject *object)
{
  g_clear_pointer (&SHOAL_CHECK_ITEM (object)->check, shoal_check_unref);
  G_OBJECT_CLASS (shoal_check_item_parent_class)->finalize (object);
}

static void
shoal_check_item_class_init (ShoalCheckItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = shoal_check_item_finalize;

  changed_signal = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
shoal_check_item_init (ShoalCheckItem *self)
{
}

ShoalCheckItem *
shoal_check_item_new (ShoalCheck *check)
{
  ShoalCheckItem *self = g_object_new (SHOAL_TYPE_CHECK_ITEM, NULL);

  self->check = shoal_check_ref (check);
  return self;
}

ShoalCheck *
shoal_check_item_get (ShoalCheckItem *self)
{
  g_return_val_if_fail (SHOAL_IS_CHECK_ITEM (self), NULL);

  return self->check;
}

void
shoal_check_item_set (ShoalCheckItem *self, ShoalCheck *check)
{
  g_return_if_fail (SHOAL_IS_CHECK_ITEM (self) && check != NULL);

  shoal_check_ref (check);
  shoal_check_unref (self->check);
  self->check = check;
  g_signal_emit (self, changed_signal, 0);
}

/* --- Row ----------------------------------------------------------------- */

struct _ShoalCheckRow
{
  GtkListBoxRow   parent_instance;

  ShoalCheckItem *item; /* (owned) */

  GtkStack       *state_stack;
  GtkSpinner     *spinner;
  GtkLabel       *title_label;
  GtkLabel       *cause_label;
  GtkLabel       *remedy_label;
  GtkLabel       *detail_label;
  GtkWidget      *detail_box;
  GtkButton      *copy_button;
  GtkButton      *remedy_button;
};

G_DEFINE_FINAL_TYPE (ShoalCheckRow, shoal_check_row, GTK_TYPE_LIST_BOX_ROW)

/* What the button says; a remedy without one is only told in words. */
static const struct
{
  const char *id;
  const char *label;
} REMEDIES[] = {
  { "open-network-settings", N_ ("_Network Settings") },
  { "leave-vpn", N_ ("_Network Settings") },
  { "choose-interfaces", N_ ("Choose _Interfaces") },
  { "change-port", N_ ("Change _Port") },
  { "change-visibility", N_ ("Be _Visible") },
  { "choose-trackers", N_ ("Choose _Trackers") },
  { "connect-by-address", N_ ("Connect by _Address…") },
};

static const char *
get_button_label (const char *remedy_id)
{
  for (gsize i = 0; remedy_id != NULL && i < G_N_ELEMENTS (REMEDIES); i++)
    {
      if (g_str_equal (REMEDIES[i].id, remedy_id))
        return _(REMEDIES[i].label);
    }
  return NULL;
}

static const char *
get_state_name (ShoalCheckState state)
{
  switch (state)
    {
    case SHOAL_CHECK_OK:
      return "ok";
    case SHOAL_CHECK_FAILED:
      return "failed";
    case SHOAL_CHECK_UNKNOWN:
      return "unknown";
    case SHOAL_CHECK_RUNNING:
    default:
      return "running";
    }
}

static const char *
get_state_words (ShoalCheckState state)
{
  switch (state)
    {
    case SHOAL_CHECK_OK:
      /* Translators: the outcome of a check. */
      return _("fine");
    case SHOAL_CHECK_FAILED:
      return _("not working");
    case SHOAL_CHECK_UNKNOWN:
      return _("not certain");
    case SHOAL_CHECK_RUNNING:
    default:
      return _("checking");
    }
}

static void
show_text (GtkLabel *label, const char *text)
{
  gtk_label_set_label (label, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (label), text != NULL && *text != '\0');
}

static void
on_changed (ShoalCheckItem *item, gpointer user_data)
{
  ShoalCheckRow *self = user_data;
  ShoalCheck *check = item->check;
  gboolean trouble = check->state == SHOAL_CHECK_FAILED || check->state == SHOAL_CHECK_UNKNOWN;
  const char *label = trouble ? get_button_label (check->remedy_id) : NULL;
  g_autofree char *spoken = shoal_format_join (check->title, get_state_words (check->state),
                                               check->cause != NULL ? check->cause : "", NULL);

  gtk_stack_set_visible_child_name (self->state_stack, get_state_name (check->state));
  gtk_spinner_set_spinning (self->spinner, check->state == SHOAL_CHECK_RUNNING);
  gtk_label_set_label (self->title_label, check->title);
  show_text (self->cause_label, check->state != SHOAL_CHECK_RUNNING ? check->cause : NULL);
  show_text (self->remedy_label, trouble ? check->remedy : NULL);
  show_text (self->detail_label, trouble ? check->detail : NULL);
  gtk_widget_set_visible (self->detail_box, trouble && check->detail != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->remedy_button), label != NULL);
  if (label != NULL)
    {
      gtk_button_set_label (self->remedy_button, label);
      gtk_actionable_set_action_target (GTK_ACTIONABLE (self->remedy_button), "s",
                                        check->remedy_id);
    }
  if (check->detail != NULL)
    gtk_actionable_set_action_target (GTK_ACTIONABLE (self->copy_button), "s", check->detail);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken,
                                  -1);
}

static void
shoal_check_row_dispose (GObject *object)
{
  ShoalCheckRow *self = SHOAL_CHECK_ROW (object);

  if (self->item != NULL)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_clear_object (&self->item);
  G_OBJECT_CLASS (shoal_check_row_parent_class)->dispose (object);
}

static void
shoal_check_row_class_init (ShoalCheckRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_check_row_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/shoal/Shoal/shoal-check-row.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalCheckRow, state_stack);
  gtk_widget_class_bind_template_child (widget_class, ShoalCheckRow, spinner);
  gtk_widget_class_bind_template_child (widget_class, ShoalCheckRow, title_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalCheckRow, cause_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalCheckRow, remedy_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalCheckRow, detail_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalCheckRow, detail_box);
  gtk_widget_class_bind_template_child (widget_class, ShoalCheckRow, copy_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalCheckRow, remedy_button);
}

static void
shoal_check_row_init (ShoalCheckRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
shoal_check_row_new (ShoalCheckItem *item)
{
  ShoalCheckRow *self;

  g_return_val_if_fail (SHOAL_IS_CHECK_ITEM (item), NULL);

  self = g_object_new (SHOAL_TYPE_CHECK_ROW, NULL);
  self->item = g_object_ref (item);
  g_signal_connect (item, "changed", G_CALLBACK (on_changed), self);
  on_changed (item, self);
  return GTK_WIDGET (self);
}
