/* shoal-notification-actions.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-notification-actions.h"

#include "shoal-commands-settings.h"
#include "shoal-commands-transfers.h"
#include "shoal-folder-room.h"
#include "shoal-incoming-area.h"
#include "shoal-open-files.h"
#include "shoal-transfers-page.h"
#include "shoal-window.h"

#include <glib/gi18n.h>

/* The application, which the actions belong to, has the model by this name. */
#define MODEL "shoal-notification-model"

static ShoalModel *
get_model (GApplication *application)
{
  return g_object_get_data (G_OBJECT (application), MODEL);
}

/* --- Before the state is open -------------------------------------------- */

/* A button of a notification starts the program, which knows of no offer yet. */
typedef struct
{
  GAction  *action;    /* (owned) */
  GVariant *parameter; /* (owned) */
} Early;

static void
early_free (gpointer data, GClosure *closure)
{
  Early *early = data;

  g_object_unref (early->action);
  g_variant_unref (early->parameter);
  g_free (early);
}

static void
on_state (ShoalModel *model, GParamSpec *pspec, Early *early)
{
  g_autoptr (GAction) action = NULL;
  g_autoptr (GVariant) parameter = NULL;

  if (shoal_model_get_state (model) == SHOAL_MODEL_STARTING)
    return;
  action = g_object_ref (early->action);
  parameter = g_variant_ref (early->parameter);
  g_signal_handlers_disconnect_by_data (model, early);
  g_action_activate (action, parameter);
}

/* TRUE: the action is called again once the model knows what there is. */
static gboolean
comes_early (GSimpleAction *action, GVariant *parameter, gpointer application)
{
  ShoalModel *model = get_model (application);
  Early *early;

  if (shoal_model_get_state (model) != SHOAL_MODEL_STARTING)
    return FALSE;
  early = g_new0 (Early, 1);
  early->action = g_object_ref (G_ACTION (action));
  early->parameter = g_variant_ref (parameter);
  g_signal_connect_data (model, "notify::state", G_CALLBACK (on_state), early, early_free, 0);
  return TRUE;
}

/* --- The window ---------------------------------------------------------- */

/* Brings it up, or makes it. (nullable) */
static ShoalWindow *
present (GApplication *application)
{
  GList *at;

  g_application_activate (application);
  for (at = gtk_application_get_windows (GTK_APPLICATION (application)); at != NULL;
       at = at->next)
    {
      if (SHOAL_IS_WINDOW (at->data))
        return at->data;
    }
  return NULL;
}

/* (nullable) */
static gpointer
find_in (GtkWidget *widget, GType type)
{
  if (G_TYPE_CHECK_INSTANCE_TYPE (widget, type))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      gpointer found = find_in (child, type);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static gboolean
reveal (ShoalWindow *window, const char *id)
{
  ShoalIncomingArea *area
    = window != NULL ? find_in (GTK_WIDGET (window), SHOAL_TYPE_INCOMING_AREA) : NULL;

  return area != NULL && shoal_incoming_area_reveal (area, id);
}

/* --- Offers -------------------------------------------------------------- */

/* An Accept from the desktop: nobody sees the card, so it is the window that has
 * to say why it cannot be done. */
typedef struct
{
  GApplication   *application; /* (owned) */
  ShoalOfferItem *offer;       /* (owned) */
  char           *directory;   /* (owned) */
} Accepting;

static void
accepting_free (Accepting *self)
{
  g_object_unref (self->application);
  g_object_unref (self->offer);
  g_free (self->directory);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Accepting, accepting_free)

static void
on_accepted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Accepting) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *transfer = shoal_model_accept_finish (SHOAL_MODEL (source), result, &error);
  ShoalWindow *window;

  if (transfer != NULL)
    return;
  window = present (self->application);
  if (window != NULL)
    shoal_window_toast_error (window, error);
}

static void
on_room (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Accepting) self = user_data;
  const ShoalOfferInfo *info = shoal_offer_item_get_info (self->offer);
  ShoalModel *model = get_model (self->application);
  ShoalFolderRoom room = { 0 };
  g_autofree char *trouble = NULL;
  ShoalWindow *window;

  shoal_folder_room_ask_finish (result, &room, NULL);
  if (model == NULL)
    return; /* the program ends */
  if (info->kind == SHOAL_CONTENT_FILES)
    trouble = shoal_folder_room_explain (&room, self->directory, info->bytes);
  if (trouble == NULL)
    {
      shoal_model_accept_async (model, info->id, NULL, NULL, on_accepted,
                                g_steal_pointer (&self));
      return;
    }
  window = present (self->application);
  reveal (window, info->id); /* the card says what the trouble is */
}

static void
tell_gone (GApplication *application)
{
  ShoalWindow *window = present (application);

  /* If the state cannot be opened the window says so. */
  if (window != NULL && shoal_model_get_state (get_model (application)) == SHOAL_MODEL_RUNNING)
    shoal_window_toast (window, _("This offer is gone: it was taken back, or it was answered "
                                  "elsewhere"));
}

static void
accept_offer (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ShoalModel *model = get_model (user_data);
  ShoalOfferItem *offer
    = shoal_model_find_offer (model, g_variant_get_string (parameter, NULL));
  const ShoalSettings *settings = shoal_model_get_settings (model);
  Accepting *self;

  if (comes_early (action, parameter, user_data))
    return;
  if (offer == NULL || settings == NULL)
    {
      tell_gone (user_data);
      return;
    }
  self = g_new0 (Accepting, 1);
  self->application = g_object_ref (user_data);
  self->offer = g_object_ref (offer);
  self->directory = g_strdup (settings->directory);
  shoal_folder_room_ask_async (self->directory, NULL, on_room, self);
}

static void
decline_offer (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  const char *id = g_variant_get_string (parameter, NULL);

  if (comes_early (action, parameter, user_data))
    return;
  if (shoal_model_find_offer (get_model (user_data), id) == NULL)
    tell_gone (user_data);
  else
    shoal_model_decline (get_model (user_data), id, NULL);
}

static void
show_offer (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  if (comes_early (action, parameter, user_data))
    return;
  if (!reveal (present (user_data), g_variant_get_string (parameter, NULL)))
    tell_gone (user_data);
}

/* --- Transfers ----------------------------------------------------------- */

/* (transfer none) (nullable) */
static const ShoalTransferInfo *
find_transfer (gpointer application, GVariant *parameter)
{
  ShoalTransferItem *item
    = shoal_model_find_transfer (get_model (application), g_variant_get_string (parameter, NULL));

  return item != NULL ? shoal_transfer_item_get_info (item) : NULL;
}

static void
show_transfer (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  const char *id = g_variant_get_string (parameter, NULL);
  ShoalWindow *window;
  ShoalTransfersPage *page;

  if (comes_early (action, parameter, user_data))
    return;
  window = present (user_data);
  if (window == NULL || reveal (window, id))
    return;
  gtk_widget_activate_action (GTK_WIDGET (window), "win.show-page", "s", SHOAL_PAGE_TRANSFERS);
  page = find_in (GTK_WIDGET (window), SHOAL_TYPE_TRANSFERS_PAGE);
  if (page != NULL)
    shoal_transfers_page_reveal (page, id);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GApplication) application = user_data;
  g_autoptr (GError) error = NULL;
  ShoalWindow *window;

  if (shoal_open_files_finish (result, &error))
    return;
  window = present (application);
  if (window != NULL)
    shoal_window_toast_error (window, error);
}

static void
open_transfer (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  const ShoalTransferInfo *info = find_transfer (user_data, parameter);

  if (!comes_early (action, parameter, user_data) && info != NULL)
    shoal_open_files_async (info, FALSE, on_opened, g_object_ref (user_data));
}

static void
show_folder (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  const ShoalTransferInfo *info = find_transfer (user_data, parameter);

  if (!comes_early (action, parameter, user_data) && info != NULL)
    shoal_open_files_async (info, TRUE, on_opened, g_object_ref (user_data));
}

static void
copy_text (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  const ShoalTransferInfo *info = find_transfer (user_data, parameter);

  if (!comes_early (action, parameter, user_data) && info != NULL && info->text != NULL)
    gdk_clipboard_set_text (gdk_display_get_clipboard (gdk_display_get_default ()), info->text);
}

/* --- Adding them --------------------------------------------------------- */

static const GActionEntry ENTRIES[] = {
  { "accept-offer", accept_offer, "s", NULL, NULL },
  { "decline-offer", decline_offer, "s", NULL, NULL },
  { "show-offer", show_offer, "s", NULL, NULL },
  { "show-transfer", show_transfer, "s", NULL, NULL },
  { "open-transfer", open_transfer, "s", NULL, NULL },
  { "show-folder", show_folder, "s", NULL, NULL },
  { "copy-text", copy_text, "s", NULL, NULL },
};

void
shoal_notification_actions_add (GtkApplication *application, ShoalModel *model)
{
  g_object_set_data_full (G_OBJECT (application), MODEL, g_object_ref (model), g_object_unref);
  g_action_map_add_action_entries (G_ACTION_MAP (application), ENTRIES, G_N_ELEMENTS (ENTRIES),
                                   application);
}

void
shoal_notification_actions_remove (GtkApplication *application)
{
  for (gsize i = 0; i < G_N_ELEMENTS (ENTRIES); i++)
    g_action_map_remove_action (G_ACTION_MAP (application), ENTRIES[i].name);
  g_object_set_data (G_OBJECT (application), MODEL, NULL);
}
