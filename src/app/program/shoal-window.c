/* shoal-window.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"
#define SHOAL_WINDOW_ITSELF

#include "config.h"

#include "shoal-window-private.h"

#include "shoal-error.h"
#include "shoal-first-run.h"
#include "shoal-incoming-area.h"
#include "shoal-open-link-dialog.h"
#include "shoal-people-page.h"
#include "shoal-person-page.h"
#include "shoal-sending.h"
#include "shoal-shared-page.h"
#include "shoal-transfers-page.h"

#include <glib/gi18n.h>

G_DEFINE_FINAL_TYPE (ShoalWindow, shoal_window, ADW_TYPE_APPLICATION_WINDOW)

enum
{
  PAGE_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* --- What the model's state asks for --------------------------------------- */

static void
show_trouble (ShoalWindow *self)
{
  const GError *error = shoal_model_get_error (self->model);
  const char *next = shoal_error_get_next (error);
  g_autofree char *text = next != NULL ? g_strdup_printf ("%s\n\n%s", error->message, next)
                                       : g_strdup (error->message);
  g_autofree char *markup = g_markup_escape_text (text, -1);

  adw_status_page_set_description (self->trouble_status, markup);
  gtk_stack_set_visible_child_name (self->stack, "trouble");
}

static void
show_first_run (ShoalWindow *self)
{
  if (adw_bin_get_child (self->first_run_bin) == NULL)
    adw_bin_set_child (self->first_run_bin, shoal_first_run_new (self->model));
  gtk_stack_set_visible_child_name (self->stack, "first-run");
  /* Its keys work where the focus is within. */
  gtk_widget_child_focus (GTK_WIDGET (self->first_run_bin), GTK_DIR_TAB_FORWARD);
}

static void
on_state (ShoalWindow *self)
{
  gboolean running = FALSE;

  switch (shoal_model_get_state (self->model))
    {
    case SHOAL_MODEL_WELCOME:
      show_first_run (self);
      break;

    case SHOAL_MODEL_RUNNING:
      running = TRUE;
      gtk_stack_set_visible_child_name (self->stack, "pages");
      adw_bin_set_child (self->first_run_bin, NULL);
      break;

    case SHOAL_MODEL_FAILED:
      show_trouble (self);
      break;

    case SHOAL_MODEL_STARTING:
    case SHOAL_MODEL_STOPPING:
    case SHOAL_MODEL_STOPPED:
    default:
      gtk_stack_set_visible_child_name (self->stack, "starting");
    }
  shoal_window_enable_actions (self, running);
  if (running)
    shoal_window_run_pending (self);
}

static void
on_active (ShoalWindow *self)
{
  guint n = shoal_model_get_n_active (self->model);

  adw_view_stack_page_set_badge_number (self->transfers_page, n);
  adw_view_stack_page_set_needs_attention (self->transfers_page, n > 0);
}

static void
on_error (ShoalWindow *self, const GError *error)
{
  shoal_window_toast_error (self, error);
}

static void
on_notice (ShoalWindow *self, const char *text)
{
  shoal_window_toast (self, text);
}

static void
on_retry (ShoalWindow *self)
{
  shoal_model_retry (self->model);
}

static gboolean
on_reveal_bar (gpointer user_data)
{
  ShoalWindow *self = user_data;

  self->reveal_timer = 0;
  adw_view_switcher_bar_set_reveal (self->switcher_bar, adw_view_switcher_title_get_title_visible (
                                                          self->switcher_title));
  return G_SOURCE_REMOVE;
}

/* The switcher goes to the bottom when it is too narrow at the top. Not at once:
 * that is found out while sizes are given away, and the bar has got none. */
static void
on_title_visible (ShoalWindow *self)
{
  if (self->reveal_timer == 0)
    self->reveal_timer = g_idle_add (on_reveal_bar, self);
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
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.back",
                                 adw_leaflet_get_visible_child (self->leaflet)
                                   != self->main_page);
}

/* The leaflet's pages in their order, which is not the order of its children.
 * (nullable) (transfer none) */
static GtkWidget *
get_page (ShoalWindow *self, guint position)
{
  g_autoptr (GtkSelectionModel) pages = adw_leaflet_get_pages (self->leaflet);
  g_autoptr (AdwLeafletPage) page = g_list_model_get_item (G_LIST_MODEL (pages), position);

  return page != NULL ? adw_leaflet_page_get_child (page) : NULL;
}

static guint
count_pages (ShoalWindow *self)
{
  g_autoptr (GtkSelectionModel) pages = adw_leaflet_get_pages (self->leaflet);

  return g_list_model_get_n_items (G_LIST_MODEL (pages));
}

/* What was left and is still there: the way back must not lead to it. */
static void
drop_left (ShoalWindow *self)
{
  GtkWidget *visible = adw_leaflet_get_visible_child (self->leaflet);

  for (guint i = count_pages (self); i-- > 0;)
    {
      GtkWidget *page = get_page (self, i);

      if (page == visible || page == self->main_page)
        break;
      adw_leaflet_remove (self->leaflet, page);
    }
}

/* It is let go once it is out of sight. */
static void
on_leaflet (ShoalWindow *self)
{
  update_back (self);
  if (!adw_leaflet_get_child_transition_running (self->leaflet))
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
  GtkWidget *page = subpage_new (child, title);

  keep_focus (self, page);
  drop_left (self);
  adw_leaflet_append (self->leaflet, page);
  adw_leaflet_set_visible_child (self->leaflet, page);
  gtk_widget_child_focus (child, GTK_DIR_TAB_FORWARD);
}

void
shoal_window_pop (ShoalWindow *self)
{
  g_autoptr (GtkWidget) left = g_object_ref (adw_leaflet_get_visible_child (self->leaflet));

  if (adw_leaflet_navigate (self->leaflet, ADW_NAVIGATION_DIRECTION_BACK))
    give_focus_back (left);
}

/* --- Closing ------------------------------------------------------------- */

static gboolean
shoal_window_close_request (GtkWindow *window)
{
  return shoal_window_closing (SHOAL_WINDOW (window));
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_window_dispose (GObject *object)
{
  ShoalWindow *self = SHOAL_WINDOW (object);

  if (self->model != NULL)
    g_signal_handlers_disconnect_by_data (self->model, self);
  g_clear_object (&self->model);
  g_clear_object (&self->view);
  g_clear_handle_id (&self->reveal_timer, g_source_remove);
  g_clear_pointer (&self->pending, g_ptr_array_unref);

  G_OBJECT_CLASS (shoal_window_parent_class)->dispose (object);
}

static void
on_page (ShoalWindow *self)
{
  g_signal_emit (self, signals[PAGE_CHANGED], 0);
}

static void
shoal_window_class_init (ShoalWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_window_dispose;
  signals[PAGE_CHANGED] = g_signal_new ("page-changed", SHOAL_TYPE_WINDOW, G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 0);
  GTK_WINDOW_CLASS (klass)->close_request = shoal_window_close_request;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/shoal/Shoal/shoal-window.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalWindow, leaflet);
  gtk_widget_class_bind_template_child (widget_class, ShoalWindow, main_page);
  gtk_widget_class_bind_template_child (widget_class, ShoalWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, ShoalWindow, pages);
  gtk_widget_class_bind_template_child (widget_class, ShoalWindow, incoming_bin);
  gtk_widget_class_bind_template_child (widget_class, ShoalWindow, first_run_bin);
  gtk_widget_class_bind_template_child (widget_class, ShoalWindow, switcher_bar);
  gtk_widget_class_bind_template_child (widget_class, ShoalWindow, switcher_title);
  gtk_widget_class_bind_template_child (widget_class, ShoalWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, ShoalWindow, trouble_status);
  gtk_widget_class_bind_template_callback (widget_class, on_retry);
  gtk_widget_class_bind_template_callback (widget_class, on_leaflet);
  gtk_widget_class_bind_template_callback (widget_class, on_title_visible);
  shoal_window_install_actions (widget_class);
}

static void
shoal_window_init (ShoalWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->pending = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
}

/* --- Public -------------------------------------------------------------- */

static void
fill_pages (ShoalWindow *self)
{
  adw_view_stack_add_titled_with_icon (self->pages, shoal_people_page_new (self->model),
                                       SHOAL_PAGE_PEOPLE, _("People"),
                                       "system-users-symbolic");
  self->transfers_page = adw_view_stack_add_titled_with_icon (
    self->pages, shoal_transfers_page_new (self->model), SHOAL_PAGE_TRANSFERS, _("Transfers"),
    "network-transmit-receive-symbolic");
  adw_view_stack_add_titled_with_icon (self->pages, shoal_shared_page_new (self->model),
                                       SHOAL_PAGE_SHARED, _("Shared"),
                                       "folder-publicshare-symbolic");
  adw_bin_set_child (self->incoming_bin, shoal_incoming_area_new (self->model));
}

ShoalWindow *
shoal_window_new (GtkApplication *application, ShoalModel *model)
{
  ShoalWindow *self = g_object_new (SHOAL_TYPE_WINDOW, "application", application, NULL);

  self->model = g_object_ref (model);
  fill_pages (self);
  g_signal_connect_object (self->pages, "notify::visible-child", G_CALLBACK (on_page), self,
                           G_CONNECT_SWAPPED);
  shoal_window_restore (self);
  g_signal_connect_swapped (model, "notify::state", G_CALLBACK (on_state), self);
  g_signal_connect_swapped (model, "notify::n-active", G_CALLBACK (on_active), self);
  g_signal_connect_swapped (model, "error", G_CALLBACK (on_error), self);
  g_signal_connect_swapped (model, "notice", G_CALLBACK (on_notice), self);
  on_active (self);
  on_state (self);
  return self;
}

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
  return self->model;
}

void
shoal_window_show_page (ShoalWindow *self, const char *page)
{
  if (adw_view_stack_get_child_by_name (self->pages, page) == NULL)
    return;
  adw_leaflet_set_visible_child (self->leaflet, self->main_page);
  adw_view_stack_set_visible_child_name (self->pages, page);
}

const char *
shoal_window_get_page (ShoalWindow *self)
{
  return adw_view_stack_get_visible_child_name (self->pages);
}

void
shoal_window_show_person (ShoalWindow *self, const char *device)
{
  ShoalDeviceItem *item = shoal_model_find_device (self->model, device);

  shoal_window_push (self, shoal_person_page_new (self->model, device),
                     item != NULL ? shoal_device_item_get_name (item) : _("Unknown Device"));
}

void
shoal_window_add_toast (ShoalWindow *self, AdwToast *toast)
{
  /* An answer may come when the window is being closed, and holds it until then. */
  if (self->toasts == NULL)
    {
      g_object_unref (g_object_ref_sink (toast));
      return;
    }
  adw_toast_overlay_add_toast (self->toasts, toast);
}

void
shoal_window_toast (ShoalWindow *self, const char *text)
{
  g_autofree char *markup = g_markup_escape_text (text, -1);

  shoal_window_add_toast (self, adw_toast_new (markup));
}
