/* shoal-notifications.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-notifications.h"

#include "shoal-announce.h"
#include "shoal-background.h"
#include "shoal-notification-actions.h"
#include "shoal-notification-words.h"
#include "shoal-main-window.h"

#define SERVICE "org.freedesktop.Notifications"

struct _ShoalNotifications
{
  GObject         parent_instance;

  GtkApplication *application; /* (unowned) (nullable): weak */
  ShoalModel     *model;       /* (owned) */
  GHashTable     *shown;       /* (owned): ID on the desktop → Shown */
  GCancellable   *cancel;      /* (owned): at the end */
};

G_DEFINE_FINAL_TYPE (ShoalNotifications, shoal_notifications, G_TYPE_OBJECT)

typedef enum
{
  ABOUT_OFFER,
  ABOUT_TRANSFER,
} About;

typedef struct
{
  About          about;
  GNotification *waiting; /* (owned) (nullable): until the desktop can show it */
} Shown;

static void
shown_free (gpointer data)
{
  Shown *shown = data;

  g_clear_object (&shown->waiting);
  g_free (shown);
}

/* --- Who looks ----------------------------------------------------------- */

/* The window a person looks at now, through its dialogues too. One that is hidden
 * may think that it is active still. (nullable) */
static ShoalMainWindow *
get_active_window (ShoalNotifications *self)
{
  GtkWindow *window
    = self->application != NULL ? gtk_application_get_active_window (self->application) : NULL;

  if (window == NULL || !gtk_window_is_active (window)
      || !gtk_widget_get_mapped (GTK_WIDGET (window)))
    return NULL;
  return SHOAL_MAIN_WINDOW (shoal_window_of (GTK_WIDGET (window)));
}

static gboolean
is_on_transfers (ShoalMainWindow *window)
{
  return g_strcmp0 (shoal_main_window_get_page (window), SHOAL_PAGE_TRANSFERS) == 0;
}

/* What is offered, and texts, lie above every page. */
static gboolean
is_looked_at (ShoalNotifications *self, gboolean on_every_page)
{
  ShoalMainWindow *window = get_active_window (self);

  return window != NULL && (on_every_page || is_on_transfers (window));
}

/* --- Sending and taking back --------------------------------------------- */

typedef struct
{
  ShoalNotifications *self;         /* (owned) */
  GNotification      *notification; /* (owned) */
  char               *id;           /* (owned) */
} Sending;

static void
sending_free (Sending *sending)
{
  g_object_unref (sending->self);
  g_object_unref (sending->notification);
  g_free (sending->id);
  g_free (sending);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Sending, sending_free)

/* Unless it is taken back, or another has followed under the same ID. */
static void
on_service (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Sending) sending = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply
    = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  ShoalNotifications *self = sending->self;
  Shown *shown = g_hash_table_lookup (self->shown, sending->id);

  if (shown == NULL || shown->waiting != sending->notification || self->application == NULL)
    return;
  g_clear_object (&shown->waiting);
  if (reply != NULL)
    g_application_send_notification (G_APPLICATION (self->application), sending->id,
                                     sending->notification);
  else
    g_debug ("This desktop shows no notifications: %s", error->message);
}

/* GLib warns when there is nobody to show a notification; a desktop without such
 * a service is no reason for that, as the window tells all that it would. It is
 * started if it can be. Portals are not asked: for them GLib warns of nothing. */
static void
send (ShoalNotifications *self, const char *id, About about, GNotification *notification)
{
  GDBusConnection *bus = self->application != NULL
                           ? g_application_get_dbus_connection (G_APPLICATION (self->application))
                           : NULL;
  Shown *shown;
  Sending *sending;

  if (bus == NULL)
    return;
  shown = g_new0 (Shown, 1);
  shown->about = about;
  g_hash_table_replace (self->shown, g_strdup (id), shown);
  if (shoal_background_is_sandboxed () || g_strcmp0 (g_getenv ("GTK_USE_PORTAL"), "1") == 0)
    {
      g_application_send_notification (G_APPLICATION (self->application), id, notification);
      return;
    }
  shown->waiting = g_object_ref (notification);
  sending = g_new0 (Sending, 1);
  sending->self = g_object_ref (self);
  sending->notification = g_object_ref (notification);
  sending->id = g_strdup (id);
  g_dbus_connection_call (bus, SERVICE, "/org/freedesktop/Notifications", SERVICE,
                          "GetServerInformation", NULL, NULL, G_DBUS_CALL_FLAGS_NONE, -1,
                          self->cancel, on_service, sending);
}

static void
withdraw (ShoalNotifications *self, const char *id)
{
  if (g_hash_table_remove (self->shown, id) && self->application != NULL)
    g_application_withdraw_notification (G_APPLICATION (self->application), id);
}

/* To whoever looks at the window, and may not see it. */
static void
announce (ShoalNotifications *self, GNotification *notification, gboolean urgent)
{
  ShoalMainWindow *window = get_active_window (self);

  if (window != NULL)
    shoal_announce (GTK_WIDGET (window), shoal_notification_get_title (notification), urgent);
}

static void
on_offer_arrived (ShoalNotifications *self, ShoalOfferItem *offer)
{
  const ShoalOfferInfo *info = shoal_offer_item_get_info (offer);
  g_autofree char *id = shoal_notification_get_offer_id (info);
  g_autoptr (GNotification) notification = shoal_notification_for_offer (info);

  announce (self, notification, TRUE);
  if (!is_looked_at (self, TRUE))
    send (self, id, ABOUT_OFFER, notification);
}

static void
on_transfer_phase (ShoalNotifications *self, ShoalTransferItem *item, int from)
{
  const ShoalTransferInfo *info = shoal_transfer_item_get_info (item);
  g_autofree char *id = shoal_notification_get_id (info);
  g_autoptr (GNotification) notification = shoal_notification_for_transfer (info);

  if (notification != NULL)
    announce (self, notification, info->phase != SHOAL_TRANSFER_DONE);
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
  gpointer id, shown;
  g_autoptr (GPtrArray) gone = g_ptr_array_new_with_free_func (g_free);

  if (removed == 0)
    return;
  g_hash_table_iter_init (&iter, self->shown);
  while (g_hash_table_iter_next (&iter, &id, &shown))
    {
      if (((Shown *) shown)->about == ABOUT_OFFER
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
  ShoalMainWindow *window = get_active_window (self);

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
  if (SHOAL_IS_MAIN_WINDOW (window))
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
  g_cancellable_cancel (self->cancel);
  g_clear_weak_pointer (&self->application);
  g_clear_object (&self->model);
  G_OBJECT_CLASS (shoal_notifications_parent_class)->dispose (object);
}

static void
shoal_notifications_finalize (GObject *object)
{
  g_hash_table_unref (SHOAL_NOTIFICATIONS (object)->shown);
  g_object_unref (SHOAL_NOTIFICATIONS (object)->cancel);
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
  self->shown = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, shown_free);
  self->cancel = g_cancellable_new ();
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
