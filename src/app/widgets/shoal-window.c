/* shoal-window.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-window.h"

#include "shoal-error.h"
#include "shoal-message-dialog.h"

#include <glib/gi18n.h>

typedef struct
{
  ShoalModel      *model;     /* (owned) */
  GtkWidget       *main_page; /* (unowned) (nullable): the first of the leaflet */

  /* Template. */
  AdwLeaflet      *leaflet;
  AdwToastOverlay *toasts;
} ShoalWindowPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (ShoalWindow, shoal_window, ADW_TYPE_APPLICATION_WINDOW)

enum
{
  PROP_0,
  PROP_MODEL,
  PROP_MAIN_PAGE,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static ShoalWindowPrivate *
get_private (ShoalWindow *self)
{
  return shoal_window_get_instance_private (self);
}

/* --- Where a widget is ---------------------------------------------------- */

ShoalWindow *
shoal_window_of (GtkWidget *widget)
{
  GtkRoot *root = gtk_widget_get_root (widget);

  while (root != NULL && !SHOAL_IS_WINDOW (root))
    {
      GtkWindow *parent
        = GTK_IS_WINDOW (root) ? gtk_window_get_transient_for (GTK_WINDOW (root)) : NULL;

      root = parent != NULL ? GTK_ROOT (parent) : NULL;
    }
  return root != NULL ? SHOAL_WINDOW (root) : NULL;
}

ShoalModel *
shoal_window_get_model (ShoalWindow *self)
{
  ShoalWindowPrivate *priv = get_private (self);

  return priv->model;
}

/* --- Subpages ------------------------------------------------------------ */

static GtkWidget *
subpage_new (GtkWidget *child, const char *title)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *back = gtk_button_new_from_icon_name ("go-previous-symbolic");

  gtk_widget_set_tooltip_text (back, _("Back"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (back), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Back"),
                                  -1);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (back), "win.back");
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), back);
  adw_header_bar_set_title_widget (ADW_HEADER_BAR (header), adw_window_title_new (title, NULL));
  gtk_widget_set_vexpand (child, TRUE);
  gtk_box_append (GTK_BOX (box), header);
  gtk_box_append (GTK_BOX (box), child);
  return box;
}

static void
update_back (ShoalWindow *self)
{
  ShoalWindowPrivate *priv = get_private (self);

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.back",
                                 adw_leaflet_get_visible_child (priv->leaflet)
                                   != priv->main_page);
}

/* The leaflet's pages in their order, which is not the order of its children.
 * (nullable) (transfer none) */
static GtkWidget *
get_page (ShoalWindow *self, guint position)
{
  ShoalWindowPrivate *priv = get_private (self);
  g_autoptr (GtkSelectionModel) pages = adw_leaflet_get_pages (priv->leaflet);
  g_autoptr (AdwLeafletPage) page = g_list_model_get_item (G_LIST_MODEL (pages), position);

  return page != NULL ? adw_leaflet_page_get_child (page) : NULL;
}

static guint
count_pages (ShoalWindow *self)
{
  ShoalWindowPrivate *priv = get_private (self);
  g_autoptr (GtkSelectionModel) pages = adw_leaflet_get_pages (priv->leaflet);

  return g_list_model_get_n_items (G_LIST_MODEL (pages));
}

/* What was left and is still there: the way back must not lead to it. */
static void
drop_left (ShoalWindow *self)
{
  ShoalWindowPrivate *priv = get_private (self);
  GtkWidget *visible = adw_leaflet_get_visible_child (priv->leaflet);

  for (guint i = count_pages (self); i-- > 0;)
    {
      GtkWidget *page = get_page (self, i);

      if (page == visible || page == priv->main_page)
        break;
      adw_leaflet_remove (priv->leaflet, page);
    }
}

/* It is let go once it is out of sight. */
static void
on_leaflet (ShoalWindow *self)
{
  ShoalWindowPrivate *priv = get_private (self);

  update_back (self);
  if (!adw_leaflet_get_child_transition_running (priv->leaflet))
    drop_left (self);
}

/* Key of a page's data: a GWeakRef to what had the focus before it came. */
#define FOCUS "shoal-focus"

static void
free_focus (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

static void
keep_focus (ShoalWindow *self, GtkWidget *page)
{
  GWeakRef *focus = g_new0 (GWeakRef, 1);

  g_weak_ref_init (focus, gtk_window_get_focus (GTK_WINDOW (self)));
  g_object_set_data_full (G_OBJECT (page), FOCUS, focus, free_focus);
}

/* Whoever goes back by the keyboard is where they were. */
static void
give_focus_back (GtkWidget *page)
{
  GWeakRef *focus = g_object_get_data (G_OBJECT (page), FOCUS);
  g_autoptr (GtkWidget) widget = focus != NULL ? g_weak_ref_get (focus) : NULL;

  if (widget != NULL && gtk_widget_get_mapped (widget))
    gtk_widget_grab_focus (widget);
}

void
shoal_window_push (ShoalWindow *self, GtkWidget *child, const char *title)
{
  ShoalWindowPrivate *priv = get_private (self);
  GtkWidget *page = subpage_new (child, title);

  keep_focus (self, page);
  drop_left (self);
  adw_leaflet_append (priv->leaflet, page);
  adw_leaflet_set_visible_child (priv->leaflet, page);
  gtk_widget_child_focus (child, GTK_DIR_TAB_FORWARD);
}

void
shoal_window_pop (ShoalWindow *self)
{
  ShoalWindowPrivate *priv = get_private (self);
  g_autoptr (GtkWidget) left = g_object_ref (adw_leaflet_get_visible_child (priv->leaflet));

  if (adw_leaflet_navigate (priv->leaflet, ADW_NAVIGATION_DIRECTION_BACK))
    give_focus_back (left);
}

void
shoal_window_pop_all (ShoalWindow *self)
{
  ShoalWindowPrivate *priv = get_private (self);

  adw_leaflet_set_visible_child (priv->leaflet, priv->main_page);
}

/* --- Toasts --------------------------------------------------------------- */

void
shoal_window_add_toast (ShoalWindow *self, AdwToast *toast)
{
  ShoalWindowPrivate *priv = get_private (self);

  /* An answer may come when the window is being closed, and holds it until then. */
  if (priv->toasts == NULL)
    {
      g_object_unref (g_object_ref_sink (toast));
      return;
    }
  adw_toast_overlay_add_toast (priv->toasts, toast);
}

void
shoal_window_toast (ShoalWindow *self, const char *text)
{
  g_autofree char *markup = g_markup_escape_text (text, -1);

  shoal_window_add_toast (self, adw_toast_new (markup));
}

static void
on_copy_details (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  if (g_str_equal (response, "copy"))
    gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (dialog)),
                            g_object_get_data (G_OBJECT (dialog), "details"));
}

/* What goes to the clipboard: everything, with the code. */
static char *
describe_error (const GError *error)
{
  const char *next = shoal_error_get_next (error);

  return g_strdup_printf ("%s\n%s%s(%s, %s, Shoal %s)", error->message, next != NULL ? next : "",
                          next != NULL ? "\n" : "", shoal_error_get_nick (error),
                          shoal_side_get_nick (shoal_error_get_side (error)), SHOAL_VERSION);
}

static void
on_details (AdwToast *toast, GError *error)
{
  GtkWidget *window = g_object_get_data (G_OBJECT (toast), "window");
  const char *next = shoal_error_get_next (error);
  GtkWidget *dialog = shoal_message_dialog_new (GTK_WINDOW (window), error->message, next);

  g_object_set_data_full (G_OBJECT (dialog), "details", describe_error (error), g_free);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "copy", _("Copy _Details"),
                                    "close", _("_Close"), NULL);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "close");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "close");
  g_signal_connect (dialog, "response", G_CALLBACK (on_copy_details), NULL);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
free_error (gpointer error, GClosure *closure)
{
  g_error_free (error);
}

void
shoal_window_toast_error (ShoalWindow *self, const GError *error)
{
  g_autofree char *markup = g_markup_escape_text (error->message, -1);
  AdwToast *toast = adw_toast_new (markup);

  adw_toast_set_button_label (toast, _("_Details"));
  adw_toast_set_priority (toast, ADW_TOAST_PRIORITY_HIGH);
  g_object_set_data (G_OBJECT (toast), "window", self);
  g_signal_connect_data (toast, "button-clicked", G_CALLBACK (on_details), g_error_copy (error),
                         free_error, 0);
  shoal_window_add_toast (self, toast);
}

/* --- GObject ------------------------------------------------------------- */

static void
on_back (GtkWidget *widget, const char *name, GVariant *parameter)
{
  shoal_window_pop (SHOAL_WINDOW (widget));
}

static void
set_main_page (ShoalWindow *self, GtkWidget *page)
{
  ShoalWindowPrivate *priv = get_private (self);

  if (priv->main_page != NULL)
    adw_leaflet_remove (priv->leaflet, priv->main_page);
  priv->main_page = page;
  if (page != NULL)
    adw_leaflet_prepend (priv->leaflet, page);
}

static void
shoal_window_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ShoalWindow *self = SHOAL_WINDOW (object);

  switch (id)
    {
    case PROP_MODEL:
      get_private (self)->model = g_value_dup_object (value);
      break;

    case PROP_MAIN_PAGE:
      set_main_page (self, g_value_get_object (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
shoal_window_dispose (GObject *object)
{
  g_clear_object (&get_private (SHOAL_WINDOW (object))->model);

  G_OBJECT_CLASS (shoal_window_parent_class)->dispose (object);
}

static void
shoal_window_class_init (ShoalWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->set_property = shoal_window_set_property;
  object_class->dispose = shoal_window_dispose;
  properties[PROP_MODEL]
    = g_param_spec_object ("model", NULL, NULL, SHOAL_TYPE_MODEL,
                           G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  properties[PROP_MAIN_PAGE]
    = g_param_spec_object ("main-page", NULL, NULL, GTK_TYPE_WIDGET,
                           G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/shoal/Shoal/shoal-window.ui");
  gtk_widget_class_bind_template_child_private (widget_class, ShoalWindow, leaflet);
  gtk_widget_class_bind_template_child_private (widget_class, ShoalWindow, toasts);
  gtk_widget_class_bind_template_callback (widget_class, on_leaflet);
  gtk_widget_class_install_action (widget_class, "win.back", NULL, on_back);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "win.back", NULL);
}

static void
shoal_window_init (ShoalWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
