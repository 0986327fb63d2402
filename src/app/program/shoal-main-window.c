/* shoal-main-window.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"
#define SHOAL_MAIN_WINDOW_ITSELF

#include "config.h"

#include "shoal-main-window-private.h"

#include "shoal-error.h"
#include "shoal-first-run.h"
#include "shoal-incoming-area.h"
#include "shoal-people-page.h"
#include "shoal-person-page.h"
#include "shoal-shared-page.h"
#include "shoal-transfers-page.h"

#include <glib/gi18n.h>

G_DEFINE_FINAL_TYPE (ShoalMainWindow, shoal_main_window, SHOAL_TYPE_WINDOW)

enum
{
  PAGE_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static ShoalModel *
get_model (ShoalMainWindow *self)
{
  return shoal_window_get_model (SHOAL_WINDOW (self));
}

/* --- What the model's state asks for --------------------------------------- */

static void
show_trouble (ShoalMainWindow *self)
{
  const GError *error = shoal_model_get_error (get_model (self));
  const char *next = shoal_error_get_next (error);
  g_autofree char *text = next != NULL ? g_strdup_printf ("%s\n\n%s", error->message, next)
                                       : g_strdup (error->message);
  g_autofree char *markup = g_markup_escape_text (text, -1);

  adw_status_page_set_description (self->trouble_status, markup);
  gtk_stack_set_visible_child_name (self->stack, "trouble");
}

static void
show_first_run (ShoalMainWindow *self)
{
  if (adw_bin_get_child (self->first_run_bin) == NULL)
    adw_bin_set_child (self->first_run_bin, shoal_first_run_new (get_model (self)));
  gtk_stack_set_visible_child_name (self->stack, "first-run");
  /* Its keys work where the focus is within. */
  gtk_widget_child_focus (GTK_WIDGET (self->first_run_bin), GTK_DIR_TAB_FORWARD);
}

static void
on_state (ShoalMainWindow *self)
{
  gboolean running = FALSE;

  switch (shoal_model_get_state (get_model (self)))
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
  shoal_main_window_enable_actions (self, running);
  if (running)
    shoal_main_window_run_pending (self);
  else
    shoal_window_pop_all (SHOAL_WINDOW (self));
}

static void
on_active (ShoalMainWindow *self)
{
  guint n = shoal_model_get_n_active (get_model (self));

  adw_view_stack_page_set_badge_number (self->transfers_page, n);
  adw_view_stack_page_set_needs_attention (self->transfers_page, n > 0);
}

static void
on_error (ShoalMainWindow *self, const GError *error)
{
  shoal_window_toast_error (SHOAL_WINDOW (self), error);
}

static void
on_notice (ShoalMainWindow *self, const char *text)
{
  shoal_window_toast (SHOAL_WINDOW (self), text);
}

static void
on_retry (ShoalMainWindow *self)
{
  shoal_model_retry (get_model (self));
}

static gboolean
on_reveal_bar (gpointer user_data)
{
  ShoalMainWindow *self = user_data;

  self->reveal_timer = 0;
  adw_view_switcher_bar_set_reveal (self->switcher_bar, adw_view_switcher_title_get_title_visible (
                                                          self->switcher_title));
  return G_SOURCE_REMOVE;
}

/* The switcher goes to the bottom when it is too narrow at the top. Not at once:
 * that is found out while sizes are given away, and the bar has got none. */
static void
on_title_visible (ShoalMainWindow *self)
{
  if (self->reveal_timer == 0)
    self->reveal_timer = g_idle_add (on_reveal_bar, self);
}

/* --- Closing ------------------------------------------------------------- */

static gboolean
shoal_main_window_close_request (GtkWindow *window)
{
  return shoal_main_window_closing (SHOAL_MAIN_WINDOW (window));
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_main_window_dispose (GObject *object)
{
  ShoalMainWindow *self = SHOAL_MAIN_WINDOW (object);

  if (get_model (self) != NULL)
    g_signal_handlers_disconnect_by_data (get_model (self), self);
  g_clear_object (&self->view);
  g_clear_handle_id (&self->reveal_timer, g_source_remove);
  g_clear_pointer (&self->pending, g_ptr_array_unref);

  G_OBJECT_CLASS (shoal_main_window_parent_class)->dispose (object);
}

static void
on_page (ShoalMainWindow *self)
{
  g_signal_emit (self, signals[PAGE_CHANGED], 0);
}

static void
shoal_main_window_class_init (ShoalMainWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_main_window_dispose;
  signals[PAGE_CHANGED] = g_signal_new ("page-changed", SHOAL_TYPE_MAIN_WINDOW, G_SIGNAL_RUN_LAST,
                                        0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  GTK_WINDOW_CLASS (klass)->close_request = shoal_main_window_close_request;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/shoal/Shoal/shoal-main-window.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalMainWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, ShoalMainWindow, pages);
  gtk_widget_class_bind_template_child (widget_class, ShoalMainWindow, incoming_bin);
  gtk_widget_class_bind_template_child (widget_class, ShoalMainWindow, first_run_bin);
  gtk_widget_class_bind_template_child (widget_class, ShoalMainWindow, switcher_bar);
  gtk_widget_class_bind_template_child (widget_class, ShoalMainWindow, switcher_title);
  gtk_widget_class_bind_template_child (widget_class, ShoalMainWindow, trouble_status);
  gtk_widget_class_bind_template_callback (widget_class, on_retry);
  gtk_widget_class_bind_template_callback (widget_class, on_title_visible);
  shoal_main_window_install_actions (widget_class);
}

static void
shoal_main_window_init (ShoalMainWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->pending = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
}

/* --- Public -------------------------------------------------------------- */

static void
fill_pages (ShoalMainWindow *self)
{
  adw_view_stack_add_titled_with_icon (self->pages, shoal_people_page_new (get_model (self)),
                                       SHOAL_PAGE_PEOPLE, _("People"),
                                       "system-users-symbolic");
  self->transfers_page = adw_view_stack_add_titled_with_icon (
    self->pages, shoal_transfers_page_new (get_model (self)), SHOAL_PAGE_TRANSFERS, _("Transfers"),
    "network-transmit-receive-symbolic");
  adw_view_stack_add_titled_with_icon (self->pages, shoal_shared_page_new (get_model (self)),
                                       SHOAL_PAGE_SHARED, _("Shared"),
                                       "folder-publicshare-symbolic");
  adw_bin_set_child (self->incoming_bin, shoal_incoming_area_new (get_model (self)));
}

ShoalMainWindow *
shoal_main_window_new (GtkApplication *application, ShoalModel *model)
{
  ShoalMainWindow *self = g_object_new (SHOAL_TYPE_MAIN_WINDOW, "application", application,
                                        "model", model, NULL);

  fill_pages (self);
  g_signal_connect_object (self->pages, "notify::visible-child", G_CALLBACK (on_page), self,
                           G_CONNECT_SWAPPED);
  shoal_main_window_restore (self);
  g_signal_connect_swapped (model, "notify::state", G_CALLBACK (on_state), self);
  g_signal_connect_swapped (model, "notify::n-active", G_CALLBACK (on_active), self);
  g_signal_connect_swapped (model, "error", G_CALLBACK (on_error), self);
  g_signal_connect_swapped (model, "notice", G_CALLBACK (on_notice), self);
  on_active (self);
  on_state (self);
  return self;
}

void
shoal_main_window_show_page (ShoalMainWindow *self, const char *page)
{
  if (adw_view_stack_get_child_by_name (self->pages, page) == NULL)
    return;
  shoal_window_pop_all (SHOAL_WINDOW (self));
  adw_view_stack_set_visible_child_name (self->pages, page);
}

const char *
shoal_main_window_get_page (ShoalMainWindow *self)
{
  return adw_view_stack_get_visible_child_name (self->pages);
}

void
shoal_main_window_show_person (ShoalMainWindow *self, const char *device)
{
  ShoalDeviceItem *item = shoal_model_find_device (get_model (self), device);

  shoal_window_push (SHOAL_WINDOW (self), shoal_person_page_new (get_model (self), device),
                     item != NULL ? shoal_device_item_get_name (item) : _("Unknown Device"));
}
