/* shoal-connect-dialog.c: a typed address: the way out when discovery sees nobody.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-connect-dialog.h"

#include "shoal-commands.h"
#include "shoal-dialog.h"
#include "shoal-error.h"
#include "shoal-limits.h"

#include <glib/gi18n.h>

#define TIMEOUT (20 * G_USEC_PER_SEC)

struct _ShoalConnectDialog
{
  AdwWindow     parent_instance;

  ShoalWindow  *window;  /* (weak) (nullable): we are transient for it */
  GCancellable *cancel;  /* (owned) (nullable): while it dials */

  AdwEntryRow  *address_row;
  GtkStack     *connect_stack;
  GtkSpinner   *spinner;
  GtkWidget    *trouble_box;
  GtkLabel     *trouble_label;
  GtkWidget    *forget_button;
  GtkLabel     *own_label;
};

G_DEFINE_FINAL_TYPE (ShoalConnectDialog, shoal_connect_dialog, ADW_TYPE_WINDOW)

/* (transfer full) */
static char *
get_address (ShoalConnectDialog *self)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->address_row))));
}

static void
update (ShoalConnectDialog *self)
{
  g_autofree char *address = get_address (self);
  gboolean dials = self->cancel != NULL;

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "connect.go", *address != '\0' && !dials);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "connect.forget", !dials);
  /* Not insensitive: see shoal-first-run.c. */
  gtk_editable_set_editable (GTK_EDITABLE (self->address_row), !dials);
  gtk_stack_set_visible_child_name (self->connect_stack, dials ? "busy" : "idle");
  gtk_spinner_set_spinning (self->spinner, dials);
}

static void
show_trouble (ShoalConnectDialog *self, const GError *error)
{
  const char *next = error != NULL ? shoal_error_get_next (error) : NULL;
  g_autofree char *words = NULL;

  gtk_widget_set_visible (self->trouble_box, error != NULL);
  if (error == NULL)
    {
      gtk_widget_remove_css_class (GTK_WIDGET (self->address_row), "error");
      return;
    }
  words = next != NULL ? g_strdup_printf ("%s. %s", error->message, next)
                       : g_strdup_printf ("%s.", error->message);
  gtk_label_set_label (self->trouble_label, words);
  gtk_widget_add_css_class (GTK_WIDGET (self->address_row), "error");
  gtk_widget_set_visible (self->forget_button, g_error_matches (error, SHOAL_ERROR,
                                                                (int) SHOAL_ERROR_WRONG_KEY));
}

static void
on_address_changed (ShoalConnectDialog *self)
{
  show_trouble (self, NULL);
  update (self);
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalConnectDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalDeviceInfo) info
    = shoal_model_find_finish (SHOAL_MODEL (source), result, &error);
  g_autofree char *text = NULL;

  /* The answer may come when all windows are gone. */
  if (g_cancellable_is_cancelled (self->cancel) || self->window == NULL)
    return;
  g_clear_object (&self->cancel);
  if (info == NULL)
    {
      update (self);
      show_trouble (self, error);
      gtk_widget_grab_focus (GTK_WIDGET (self->address_row));
      return;
    }
  text = g_strdup_printf (_("Connected to %s"), info->label);
  shoal_window_toast (self->window, text);
  gtk_window_close (GTK_WINDOW (self));
}

/* What was typed is an address, even if it could be a name or an ID as well: with
 * a port it is unmistakable. (nullable): its port is none. */
static char *
complete_address (const char *typed, GError **error)
{
  const char *colon = strchr (typed, ':');

  if (colon == NULL)
    return g_strdup_printf ("%s:%u", typed, SHOAL_DEFAULT_PORT);
  if (colon == strrchr (typed, ':')
      && (colon == typed
          || !g_ascii_string_to_unsigned (colon + 1, 10, 1, G_MAXUINT16, NULL, NULL)))
    {
      shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                       _("It looks like 192.168.1.20 or 192.168.1.20:27474."),
                       _("“%s” is not an address"), typed);
      return NULL;
    }
  return g_strdup (typed);
}

static void
on_go (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalConnectDialog *self = SHOAL_CONNECT_DIALOG (widget);
  g_autofree char *typed = get_address (self);
  g_autofree char *address = NULL;
  g_autoptr (GError) error = NULL;

  if (*typed == '\0' || self->cancel != NULL)
    return;
  address = complete_address (typed, &error);
  show_trouble (self, error);
  if (address == NULL)
    return;
  self->cancel = g_cancellable_new ();
  update (self);
  shoal_model_find_async (shoal_window_get_model (self->window), address, TIMEOUT, self->cancel,
                          on_found, g_object_ref (self));
}

/* The way out when another device is at a known address now. */
static void
on_forget (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalConnectDialog *self = SHOAL_CONNECT_DIALOG (widget);
  g_autofree char *typed = get_address (self);
  g_autofree char *address = complete_address (typed, NULL);

  if (address != NULL)
    shoal_model_forget_address (shoal_window_get_model (self->window), address);
  on_go (widget, "connect.go", NULL);
}

static void
on_entry_activated (ShoalConnectDialog *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "connect.go", NULL);
}

/* Where others find us, to be typed there instead. */
static void
show_own (ShoalConnectDialog *self)
{
  const char *const *listening
    = shoal_model_get_listening (shoal_window_get_model (self->window));
  g_autofree char *list = listening != NULL ? g_strjoinv ("\n", (char **) listening) : NULL;
  g_autofree char *words = NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->own_label), list != NULL && *list != '\0');
  if (list == NULL)
    return;
  /* Translators: %s are addresses, one a line. */
  words = g_strdup_printf (_("Or let the other device connect to this one:\n%s"), list);
  gtk_label_set_label (self->own_label, words);
}

static void
shoal_connect_dialog_dispose (GObject *object)
{
  ShoalConnectDialog *self = SHOAL_CONNECT_DIALOG (object);

  if (self->cancel != NULL)
    g_cancellable_cancel (self->cancel);
  g_clear_weak_pointer (&self->window);
  G_OBJECT_CLASS (shoal_connect_dialog_parent_class)->dispose (object);
}

static void
shoal_connect_dialog_finalize (GObject *object)
{
  ShoalConnectDialog *self = SHOAL_CONNECT_DIALOG (object);

  g_clear_object (&self->cancel);
  G_OBJECT_CLASS (shoal_connect_dialog_parent_class)->finalize (object);
}

static void
shoal_connect_dialog_class_init (ShoalConnectDialogClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = shoal_connect_dialog_dispose;
  object_class->finalize = shoal_connect_dialog_finalize;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/shoal/Shoal/shoal-connect-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalConnectDialog, address_row);
  gtk_widget_class_bind_template_child (widget_class, ShoalConnectDialog, connect_stack);
  gtk_widget_class_bind_template_child (widget_class, ShoalConnectDialog, spinner);
  gtk_widget_class_bind_template_child (widget_class, ShoalConnectDialog, trouble_box);
  gtk_widget_class_bind_template_child (widget_class, ShoalConnectDialog, trouble_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalConnectDialog, forget_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalConnectDialog, own_label);
  gtk_widget_class_bind_template_callback (widget_class, on_address_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_entry_activated);

  gtk_widget_class_install_action (widget_class, "connect.go", NULL, on_go);
  gtk_widget_class_install_action (widget_class, "connect.forget", NULL, on_forget);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
shoal_connect_dialog_init (ShoalConnectDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  shoal_dialog_dispose_when_closed (GTK_WINDOW (self));
}

void
shoal_connect_dialog_present (ShoalWindow *parent)
{
  ShoalConnectDialog *self;

  g_return_if_fail (SHOAL_IS_WINDOW (parent));

  self = g_object_new (SHOAL_TYPE_CONNECT_DIALOG, "transient-for", parent, NULL);
  g_set_weak_pointer (&self->window, parent);
  show_own (self);
  show_trouble (self, NULL);
  update (self);
  gtk_window_present (GTK_WINDOW (self));
  gtk_widget_grab_focus (GTK_WIDGET (self->address_row));
}
