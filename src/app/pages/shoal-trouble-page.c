/* shoal-trouble-page.c: “Can't see the other device?”
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-trouble-page.h"

#include "shoal-check-row.h"
#include "shoal-commands-diagnosis.h"
#include "shoal-commands.h"
#include "shoal-connect-dialog.h"

#include <gio/gdesktopappinfo.h>
#include <glib/gi18n.h>

struct _ShoalTroublePage
{
  AdwBin        parent_instance;

  ShoalModel   *model;  /* (owned) */
  GListStore   *checks; /* (owned) of ShoalCheckItem */
  GCancellable *cancel; /* (owned) (nullable): while they run */

  GtkListBox   *checks_list;
  GtkLabel     *summary_label;
  GtkWidget    *again_button;
};

G_DEFINE_FINAL_TYPE (ShoalTroublePage, shoal_trouble_page, ADW_TYPE_BIN)

/* --- Checking ------------------------------------------------------------ */

static void
on_checked (ShoalCheck *check, gpointer user_data)
{
  ShoalTroublePage *self = user_data;
  GListModel *model = G_LIST_MODEL (self->checks);
  g_autoptr (ShoalCheckItem) added = NULL;

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (ShoalCheckItem) item = g_list_model_get_item (model, i);

      if (g_str_equal (shoal_check_item_get (item)->id, check->id))
        {
          shoal_check_item_set (item, check);
          return;
        }
    }
  added = shoal_check_item_new (check);
  g_list_store_append (self->checks, added);
  /* When the page opened there was only the button at its end, which the list
   * would push out of sight, and the view after it. */
  if (gtk_widget_is_focus (self->again_button))
    gtk_widget_child_focus (GTK_WIDGET (self->checks_list), GTK_DIR_TAB_FORWARD);
}

static void
count (ShoalTroublePage *self, guint *n_failed, guint *n_unknown)
{
  GListModel *model = G_LIST_MODEL (self->checks);

  *n_failed = *n_unknown = 0;
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (ShoalCheckItem) item = g_list_model_get_item (model, i);
      ShoalCheckState state = shoal_check_item_get (item)->state;

      *n_failed += state == SHOAL_CHECK_FAILED;
      *n_unknown += state == SHOAL_CHECK_UNKNOWN;
    }
}

static void
show_summary (ShoalTroublePage *self)
{
  guint n_failed, n_unknown;
  g_autofree char *words = NULL;

  count (self, &n_failed, &n_unknown);
  if (n_failed > 0)
    words = g_strdup_printf (ngettext ("%u step fails. Mend it, then check again.",
                                       "%u steps fail. Mend them, then check again.", n_failed),
                             n_failed);
  else if (n_unknown > 0)
    words = g_strdup (_("Nothing fails for certain here. Look at what is not certain below, then "
                        "do the same check on the other device."));
  else
    words = g_strdup (_("All is well on this device. Do the same check on the other one."));
  gtk_label_set_label (self->summary_label, words);
}

static void
on_diagnosed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalTroublePage) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean done = shoal_model_diagnose_finish (SHOAL_MODEL (source), result, &error);

  if (self->cancel == NULL)
    return; /* nobody looks any more */
  g_clear_object (&self->cancel);
  if (done)
    show_summary (self);
  else
    gtk_label_set_label (self->summary_label, error->message);
}

static void
check_all (ShoalTroublePage *self)
{
  if (self->cancel != NULL)
    return; /* the button stays as it is: it may have the focus */
  self->cancel = g_cancellable_new ();
  gtk_label_set_label (self->summary_label, _("Checking each step between the two devices…"));
  shoal_model_diagnose_async (self->model, NULL, on_checked, self, self->cancel, on_diagnosed,
                              g_object_ref (self));
}

/* --- Remedies ------------------------------------------------------------ */

static void
open_network_settings (ShoalTroublePage *self)
{
  static const char *const PANELS[]
    = { "gnome-network-panel.desktop", "gnome-wifi-panel.desktop",
        "kcm_networkmanagement.desktop", "nm-connection-editor.desktop" };
  GdkAppLaunchContext *context
    = gdk_display_get_app_launch_context (gtk_widget_get_display (GTK_WIDGET (self)));
  gboolean launched = FALSE;

  for (gsize i = 0; !launched && i < G_N_ELEMENTS (PANELS); i++)
    {
      g_autoptr (GDesktopAppInfo) info = g_desktop_app_info_new (PANELS[i]);

      launched = info != NULL
                 && g_app_info_launch (G_APP_INFO (info), NULL, G_APP_LAUNCH_CONTEXT (context),
                                       NULL);
    }
  g_object_unref (context);
  if (!launched)
    shoal_window_toast (shoal_window_of (GTK_WIDGET (self)),
                        _("Open the network settings of your system"));
}

static void
on_visible (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ShoalTroublePage) self = user_data;
  g_autoptr (GError) error = NULL;

  if (shoal_model_change_settings_finish (SHOAL_MODEL (source), result, &error))
    check_all (self);
  else
    shoal_model_tell_error (self->model, error);
}

static void
be_visible (ShoalTroublePage *self)
{
  GVariantDict changes;

  g_variant_dict_init (&changes, NULL);
  g_variant_dict_insert (&changes, "seen-by", "s", "while-open");
  shoal_model_change_settings_async (self->model, g_variant_dict_end (&changes), on_visible,
                                     g_object_ref (self));
}

static void
on_remedy (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ShoalTroublePage *self = SHOAL_TROUBLE_PAGE (widget);
  const char *remedy = g_variant_get_string (parameter, NULL);

  if (g_str_equal (remedy, "change-visibility"))
    be_visible (self);
  else if (g_str_equal (remedy, "connect-by-address"))
    shoal_connect_dialog_present (shoal_window_of (widget));
  else if (g_str_equal (remedy, "choose-trackers"))
    gtk_widget_activate_action (widget, "app.preferences", "s", "internet");
  else if (g_str_equal (remedy, "choose-interfaces") || g_str_equal (remedy, "change-port"))
    gtk_widget_activate_action (widget, "app.preferences", "s", "network");
  else
    open_network_settings (self);
}

static void
on_copy (GtkWidget *widget, const char *action, GVariant *parameter)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget),
                          g_variant_get_string (parameter, NULL));
  shoal_window_toast (shoal_window_of (widget), _("Copied"));
}

static void
on_again (GtkWidget *widget, const char *action, GVariant *parameter)
{
  check_all (SHOAL_TROUBLE_PAGE (widget));
}

static void
on_connect (GtkWidget *widget, const char *action, GVariant *parameter)
{
  shoal_connect_dialog_present (shoal_window_of (widget));
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_trouble_page_dispose (GObject *object)
{
  ShoalTroublePage *self = SHOAL_TROUBLE_PAGE (object);

  if (self->cancel != NULL)
    g_cancellable_cancel (self->cancel);
  g_clear_object (&self->cancel);
  g_clear_object (&self->model);
  G_OBJECT_CLASS (shoal_trouble_page_parent_class)->dispose (object);
}

static void
shoal_trouble_page_finalize (GObject *object)
{
  g_object_unref (SHOAL_TROUBLE_PAGE (object)->checks);
  G_OBJECT_CLASS (shoal_trouble_page_parent_class)->finalize (object);
}

static void
shoal_trouble_page_class_init (ShoalTroublePageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = shoal_trouble_page_dispose;
  object_class->finalize = shoal_trouble_page_finalize;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/shoal/Shoal/shoal-trouble-page.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalTroublePage, checks_list);
  gtk_widget_class_bind_template_child (widget_class, ShoalTroublePage, summary_label);
  gtk_widget_class_bind_template_child (widget_class, ShoalTroublePage, again_button);

  gtk_widget_class_install_action (widget_class, "trouble.remedy", "s", on_remedy);
  gtk_widget_class_install_action (widget_class, "trouble.copy", "s", on_copy);
  gtk_widget_class_install_action (widget_class, "trouble.again", NULL, on_again);
  gtk_widget_class_install_action (widget_class, "trouble.connect", NULL, on_connect);
}

static GtkWidget *
create_row (gpointer item, gpointer user_data)
{
  return shoal_check_row_new (item);
}

static void
shoal_trouble_page_init (ShoalTroublePage *self)
{
  self->checks = g_list_store_new (SHOAL_TYPE_CHECK_ITEM);
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_bind_model (self->checks_list, G_LIST_MODEL (self->checks), create_row, NULL,
                           NULL);
}

GtkWidget *
shoal_trouble_page_new (ShoalModel *model)
{
  ShoalTroublePage *self;

  g_return_val_if_fail (SHOAL_IS_MODEL (model), NULL);

  self = g_object_new (SHOAL_TYPE_TROUBLE_PAGE, NULL);
  self->model = g_object_ref (model);
  check_all (self);
  return GTK_WIDGET (self);
}
