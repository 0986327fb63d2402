/* shoal-pending.c: widgets whose own files have not landed yet: each section goes
 * with the first commit of its widget, and this file with the last.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-people-page.h"
#include "shoal-person-page.h"
#include "shoal-trouble-page.h"
#include "shoal-first-run.h"
#include "shoal-transfers-page.h"
#include "shoal-shared-page.h"
#include "shoal-incoming-area.h"
#include "shoal-notifications.h"
#include "shoal-open-link-dialog.h"
#include "shoal-preferences.h"
#include "shoal-commands-settings.h"
#include "shoal-engine-settings.h"
#include "shoal-engine-shares.h"
#include "shoal-engine-transfers.h"
#include "shoal-sending.h"
#include "shoal-share-dialog.h"

/* --- ShoalPeoplePage -------------------------------------------------- */

struct _ShoalPeoplePage
{
  AdwBin parent_instance;
};

G_DEFINE_FINAL_TYPE (ShoalPeoplePage, shoal_people_page, ADW_TYPE_BIN)

static void
shoal_people_page_class_init (ShoalPeoplePageClass *klass)
{
}

static void
shoal_people_page_init (ShoalPeoplePage *self)
{
}

GtkWidget *
shoal_people_page_new (ShoalModel *model)
{
  return g_object_new (shoal_people_page_get_type (), NULL);
}

/* --- ShoalPersonPage -------------------------------------------------- */

struct _ShoalPersonPage
{
  AdwBin parent_instance;
};

G_DEFINE_FINAL_TYPE (ShoalPersonPage, shoal_person_page, ADW_TYPE_BIN)

static void
shoal_person_page_class_init (ShoalPersonPageClass *klass)
{
}

static void
shoal_person_page_init (ShoalPersonPage *self)
{
}

GtkWidget *
shoal_person_page_new (ShoalModel *model, const char *device)
{
  return g_object_new (shoal_person_page_get_type (), NULL);
}

/* --- ShoalTroublePage ------------------------------------------------- */

struct _ShoalTroublePage
{
  AdwBin parent_instance;
};

G_DEFINE_FINAL_TYPE (ShoalTroublePage, shoal_trouble_page, ADW_TYPE_BIN)

static void
shoal_trouble_page_class_init (ShoalTroublePageClass *klass)
{
}

static void
shoal_trouble_page_init (ShoalTroublePage *self)
{
}

GtkWidget *
shoal_trouble_page_new (ShoalModel *model)
{
  return g_object_new (shoal_trouble_page_get_type (), NULL);
}

/* --- ShoalFirstRun ---------------------------------------------------- */

struct _ShoalFirstRun
{
  AdwBin parent_instance;
};

G_DEFINE_FINAL_TYPE (ShoalFirstRun, shoal_first_run, ADW_TYPE_BIN)

static void
shoal_first_run_class_init (ShoalFirstRunClass *klass)
{
}

static void
shoal_first_run_init (ShoalFirstRun *self)
{
}

GtkWidget *
shoal_first_run_new (ShoalModel *model)
{
  return g_object_new (shoal_first_run_get_type (), NULL);
}

/* --- ShoalTransfersPage ----------------------------------------------- */

struct _ShoalTransfersPage
{
  GtkWidget parent_instance;
};

G_DEFINE_FINAL_TYPE (ShoalTransfersPage, shoal_transfers_page, GTK_TYPE_WIDGET)

static void
shoal_transfers_page_class_init (ShoalTransfersPageClass *klass)
{
}

static void
shoal_transfers_page_init (ShoalTransfersPage *self)
{
}

GtkWidget *
shoal_transfers_page_new (ShoalModel *model)
{
  return g_object_new (shoal_transfers_page_get_type (), NULL);
}

/* --- ShoalSharedPage -------------------------------------------------- */

struct _ShoalSharedPage
{
  GtkWidget parent_instance;
};

G_DEFINE_FINAL_TYPE (ShoalSharedPage, shoal_shared_page, GTK_TYPE_WIDGET)

static void
shoal_shared_page_class_init (ShoalSharedPageClass *klass)
{
}

static void
shoal_shared_page_init (ShoalSharedPage *self)
{
}

GtkWidget *
shoal_shared_page_new (ShoalModel *model)
{
  return g_object_new (shoal_shared_page_get_type (), NULL);
}

/* --- ShoalIncomingArea ------------------------------------------------ */

struct _ShoalIncomingArea
{
  GtkWidget parent_instance;
};

G_DEFINE_FINAL_TYPE (ShoalIncomingArea, shoal_incoming_area, GTK_TYPE_WIDGET)

static void
shoal_incoming_area_class_init (ShoalIncomingAreaClass *klass)
{
}

static void
shoal_incoming_area_init (ShoalIncomingArea *self)
{
}

GtkWidget *
shoal_incoming_area_new (ShoalModel *model)
{
  return g_object_new (shoal_incoming_area_get_type (), NULL);
}

/* --- shoal_incoming_area_reveal ---------------------------------------------- */

gboolean
shoal_incoming_area_reveal (ShoalIncomingArea *self, const char *id)
{
  return FALSE;
}

/* --- shoal_transfers_page_reveal --------------------------------------------- */

gboolean
shoal_transfers_page_reveal (ShoalTransfersPage *self, const char *transfer)
{
  return FALSE;
}

/* --- shoal_shared_page_reveal ------------------------------------------------- */

gboolean
shoal_shared_page_reveal (ShoalSharedPage *self, const char *share)
{
  return FALSE;
}

/* --- ShoalNotifications ------------------------------------------------------- */

struct _ShoalNotifications
{
  GObject parent_instance;
};

G_DEFINE_FINAL_TYPE (ShoalNotifications, shoal_notifications, G_TYPE_OBJECT)

static void
shoal_notifications_class_init (ShoalNotificationsClass *klass)
{
}

static void
shoal_notifications_init (ShoalNotifications *self)
{
}

ShoalNotifications *
shoal_notifications_new (GtkApplication *application, ShoalModel *model)
{
  return g_object_new (SHOAL_TYPE_NOTIFICATIONS, NULL);
}

/* --- shoal-preferences.h ------------------------------------------------------ */

void
shoal_preferences_show (GtkWindow *parent, ShoalModel *model, const char *page)
{
}

/* --- shoal-sending.h ---------------------------------------------------------- */

void
shoal_sending_choose (GtkWidget *widget, const char *device, gboolean folders)
{
}

void
shoal_sending_write (GtkWidget *widget, const char *device)
{
}

void
shoal_sending_paste (GtkWidget *widget)
{
}

void
shoal_sending_ask (GtkWidget *widget, ShoalPayload *payload)
{
}

/* --- shoal-payload.h ---------------------------------------------------------- */

ShoalPayload *
shoal_payload_new_files (const char *const *paths)
{
  return NULL;
}

ShoalPayload *
shoal_payload_new_text (const char *text, GError **error)
{
  return NULL;
}

void
shoal_payload_unref (ShoalPayload *self)
{
}

/* --- shoal-open-link-dialog.h -------------------------------------------------- */

void
shoal_open_link_dialog_show (GtkWindow *parent, ShoalModel *model, const char *what)
{
}

/* --- shoal-share-dialog.h ------------------------------------------------------ */

void
shoal_share_dialog_choose_files (GtkWindow *parent, ShoalModel *model)
{
}

void
shoal_share_dialog_choose_folder (GtkWindow *parent, ShoalModel *model)
{
}

/* --- The engine: weak, so that the real ones take their place when they land --- */

__attribute__ ((weak)) GPtrArray *
shoal_engine_get_offers (ShoalEngine *engine)
{
  return g_ptr_array_new ();
}

__attribute__ ((weak)) GPtrArray *
shoal_engine_get_shares (ShoalEngine *engine)
{
  return g_ptr_array_new ();
}

__attribute__ ((weak)) void
shoal_model_change_settings_async (ShoalModel *self, GVariant *changes,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  g_variant_unref (g_variant_ref_sink (changes));
}
