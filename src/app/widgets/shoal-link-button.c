/* shoal-link-button.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-link-button.h"

#include "shoal-qr.h"
#include "shoal-window.h"

#include <glib/gi18n.h>

struct _ShoalLinkButton
{
  GtkWidget      parent_instance;

  char          *link; /* (owned) (nullable) */

  /* Of the template. */
  GtkMenuButton *link_menu_button;
  GtkLabel      *link_hint;
  ShoalQr       *qr;
  GtkLabel      *link_label;
};

G_DEFINE_FINAL_TYPE (ShoalLinkButton, shoal_link_button, GTK_TYPE_WIDGET)

static void
on_copy (ShoalLinkButton *self)
{
  gtk_menu_button_popdown (self->link_menu_button);
  shoal_link_button_copy (self);
}

static void
shoal_link_button_dispose (GObject *object)
{
  ShoalLinkButton *self = SHOAL_LINK_BUTTON (object);

  g_clear_pointer ((GtkWidget **) &self->link_menu_button, gtk_widget_unparent);
  g_clear_pointer (&self->link, g_free);

  G_OBJECT_CLASS (shoal_link_button_parent_class)->dispose (object);
}

static void
shoal_link_button_class_init (ShoalLinkButtonClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_link_button_dispose;
  g_type_ensure (SHOAL_TYPE_QR);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               SHOAL_RESOURCES "shoal-link-button.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalLinkButton, link_menu_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalLinkButton, link_hint);
  gtk_widget_class_bind_template_child (widget_class, ShoalLinkButton, qr);
  gtk_widget_class_bind_template_child (widget_class, ShoalLinkButton, link_label);
  gtk_widget_class_bind_template_callback (widget_class, on_copy);
}

static void
shoal_link_button_init (ShoalLinkButton *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* --- Public ---------------------------------------------------------------- */

void
shoal_link_button_set_link (ShoalLinkButton *self, const char *link, const char *hint)
{
  g_return_if_fail (SHOAL_IS_LINK_BUTTON (self));

  gtk_widget_set_visible (GTK_WIDGET (self), link != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->link_hint), hint != NULL);
  gtk_label_set_label (self->link_hint, hint != NULL ? hint : "");
  if (g_strcmp0 (self->link, link) == 0)
    return;

  g_free (self->link);
  self->link = g_strdup (link);
  /* One that is too long for a code still can be copied. */
  gtk_widget_set_visible (GTK_WIDGET (self->qr), shoal_qr_set_text (self->qr, link));
  gtk_label_set_label (self->link_label, link != NULL ? link : "");
}

void
shoal_link_button_copy (ShoalLinkButton *self)
{
  ShoalWindow *window;

  g_return_if_fail (SHOAL_IS_LINK_BUTTON (self));

  if (self->link == NULL)
    return;
  window = shoal_window_of (GTK_WIDGET (self));
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->link);
  if (window != NULL)
    shoal_window_toast (window, _("Link copied"));
}

void
shoal_link_button_popup (ShoalLinkButton *self)
{
  g_return_if_fail (SHOAL_IS_LINK_BUTTON (self));

  gtk_menu_button_popup (self->link_menu_button);
}
