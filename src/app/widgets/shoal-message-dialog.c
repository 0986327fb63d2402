/* shoal-message-dialog.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-message-dialog.h"

/* libadwaita has two labels for a heading, and shows the small one, which wraps, where the
 * large one has no room. To find that out it measures both at any width, and GTK complains
 * of each that is less than a label needs (since 4.17). With this both need the same, and the
 * large one wants as much as before. */
#define LEAST_WIDTH 100

static void
let_headings_wrap (GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget)
      && (gtk_widget_has_css_class (widget, "title-2")
          || gtk_widget_has_css_class (widget, "title-4")))
    {
      gtk_label_set_wrap (GTK_LABEL (widget), TRUE);
      gtk_label_set_wrap_mode (GTK_LABEL (widget), PANGO_WRAP_WORD_CHAR);
      gtk_widget_set_size_request (widget, LEAST_WIDTH, -1);
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    let_headings_wrap (child);
}

GtkWidget *
shoal_message_dialog_new (GtkWindow *parent, const char *heading, const char *body)
{
  GtkWidget *dialog = adw_message_dialog_new (parent, heading, body);

  let_headings_wrap (dialog);
  return dialog;
}
