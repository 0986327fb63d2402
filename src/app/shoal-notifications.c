/* shoal-notifications.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-notifications.h"

#include "shoal-notification-actions.h"
#include "shoal-notification-words.h"
#include "shoal-window.h"

struct _ShoalNotifications
{
  GObject         parent_instance;

  GtkApplication *application; /* (unowned) (nullable): weak */
  ShoalModel     *model;       /* (owned) */
  GHashTable     *shown;       /* (owned): ID on the desktop → ABOUT_… */
};

G_DEFINE_FINAL_TYPE (ShoalNotifications, shoal_notifications, G_TYPE_OBJECT)

enum
{
  ABOUT_OFFER = 1,
  ABOUT_TRANSFER,
};

/* --- Who looks ----------------------------------------------------------- */

/* The window a person looks at now, through its dialogues too. (nullable) */
static ShoalWindow *
get_active_window (ShoalNotifications *self)
{
  GtkWindow *window
    = self->application != NULL ? gtk_application_get_active_window (self->application) : NULL;

  if (window == NULL || !gtk_window_is_active (window))
    return NULL;
  return shoal_window_of (GTK_WIDGET (window));
}

static gboolean
is_on_transfers (ShoalWindow *window)
{
  return g_strcmp0 (shoal_window_get_page (window), SHOAL_PAGE_TRANSFERS) == 0;
}

/* What is offered, and texts, lie above every page. */
static gboolean
is_looked_at (ShoalNotifications *self, gboolean on_every_page)
{
  ShoalWindow *window = get_active_window (self);

  return window != NULL && (on_every_page || is_on_transfers (window));
}

/* --- Sending and taking back --------------------------------------------- */

static void
send (ShoalNotifications *self, const char *id, int about, GNotification *notification)
{
  if (self->application == NULL)
    return;
  g_hash_table_replace (self->shown, g_strdup (id), GINT_TO_POINTER (about));
  g_application_send_notification (G_APPLICATION (self->application), id, notification);
}

static void
withdraw (ShoalNotifications *self, const char *id)
{
  if (g_hash_table_remove (self->shown, id) && self->application != NULL)
    g_application_withdraw_notification (G_APPLICATION (self->application), id);
}

static void
on_offer_arrived (ShoalNotifications *self, ShoalOfferItem *offer)
{
  const ShoalOfferInfo *info = shoal_offer_item_get_info (offer);
  g_autofree char *id = shoal_notification_get_offer_id (info);
  g_autoptr (GNotification) notification = NULL;

  if (is_looked_at (self, TRUE))
    return;
  notification = shoal_notification_for_offer (info);
  send (self, id, ABOUT_OFFER, notification);
}

static void
on_transfer_phase (ShoalNotifications *self, ShoalTransferItem *item, int from)
{
  const ShoalTransferInfo *info = shoal_transfer_item_get_info (item);
  g_autofree char *id = shoal_notification_get_id (info);
  g_autoptr (GNotification) notification = shoal_notification_for_transfer (info);

  if (notification != NULL && !is_looked_at (self, info->text != NULL))
    send (self, id, ABOUT_TRANSFER, notification);
  else
    withdraw (self, id); /* it runs again, or is seen */
}

/* --- What is over, or has been seen -------------------------------------- */

/* An offer that is answered or gone says nothing any more; what has become of it
 * is told by its transfer, under the same ID. */
static void
on_offers_changed (ShoalNotifications *self, guint position, guint removed, guint added)
{
  GHashTableIter iter;
  gpointer id, about;
  g_autoptr (GPtrArray) gone = g_ptr_array_new_with_free_func (g_free);

  if (removed == 0)
    return;
  g_hash_table_iter_init (&iter, self->shown);
  while (g_hash_table_iter_next (&iter, &id, &about))
    {
      if (GPOINTER_TO_INT (about) == ABOUT_OFFER
          && shoal_model_find_offer (self->model, (char *) id + strlen ("offer-")) == NULL)
        g_ptr_array_add (gone, g_strdup (id));
    }
  for (guint i = 0; i < gone->len; i++)
    withdraw (self, g_ptr_array_index (gone, i));
}

static void
withdraw_seen_offers (ShoalNotifications *self)
{
  GListModel *offers = shoal_model_get_offers (self->model);

  for (guint i = 0; i < g_list_model_get_n_items (offers); i++)
    {
      g_autoptr (ShoalOfferItem) offer = g_list_model_get_item (offers, i);
      g_autofree char *id
        = shoal_notification_get_offer_id (shoal_offer_item_get_info (offer));

      withdraw (self, id);
    }
}

static void
withdraw_seen_transfers (ShoalNotifications *self, gboolean texts_alone)
{
  GListModel *transfers = shoal_model_get_transfers (self->model);

  for (guint i = 0; i < g_list_model_get_n_items (transfers); i++)
    {
      g_autoptr (ShoalTransferItem) item = g_list_model_get_item (transfers, i);
      const ShoalTransferInfo *info = shoal_transfer_item_get_info (item);
      g_autofree char *id = NULL;

      if (texts_alone && info->text == NULL)
        continue;
      id = shoal_notification_get_id (info);
      withdraw (self, id);
    }
}

static void
on_looked (ShoalNotifications *self)
{
  ShoalWindow *window = get_active_window (self);

  if (window == NULL || g_hash_table_size (self->shown) == 0)
    return;
  withdraw_seen_offers (self);
  withdraw_seen_transfers (self, !is_on_transfers (window));
}

static void
on_window_added (ShoalNotifications *self, GtkWindow *window)
{
  g_signal_connect_object (window, "notify::is-active", G_CALLBACK (on_looked), self,
                           G_CONNECT_SWAPPED);
  if (SHOAL_IS_WINDOW (window))
    g_signal_connect_object (window, "page-changed", G_CALLBACK (on_looked), self,
                             G_CONNECT_SWAPPED);
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_notifications_dispose (GObject *object)
{
  ShoalNotifications *self = SHOAL_NOTIFICATIONS (object);

  if (self->application != NULL)
    shoal_notification_actions_remove (self->application);
  g_clear_weak_pointer (&self->application);
  g_clear_object (&self->model);
  G_OBJECT_CLASS (shoal_notifications_parent_class)->dispose (object);
}

static void
shoal_notifications_finalize (GObject *object)
{
  g_hash_table_unref (SHOAL_NOTIFICATIONS (object)->shown);
  G_OBJECT_CLASS (shoal_notifications_parent_class)->finalize (object);
}

static void
shoal_notifications_class_init (ShoalNotificationsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = shoal_notifications_dispose;
  G_OBJECT_CLASS (klass)->finalize = shoal_notifications_finalize;
}

static void
shoal_notifications_init (ShoalNotifications *self)
{
  self->shown = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

ShoalNotifications *
shoal_notifications_new (GtkApplication *application, ShoalModel *model)
{
  ShoalNotifications *self = g_object_new (SHOAL_TYPE_NOTIFICATIONS, NULL);

  g_set_weak_pointer (&self->application, application);
  self->model = g_object_ref (model);
  shoal_notification_actions_add (application, model);
  g_signal_connect_object (model, "offer-arrived", G_CALLBACK (on_offer_arrived), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "transfer-phase", G_CALLBACK (on_transfer_phase), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (shoal_model_get_offers (model), "items-changed",
                           G_CALLBACK (on_offers_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (application, "window-added", G_CALLBACK (on_window_added), self,
                           G_CONNECT_SWAPPED);
  for (GList *at = gtk_application_get_windows (application); at != NULL; at = at->next)
    on_window_added (self, at->data);
  return self;
}
