/* shoal-incoming-area.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-incoming-area.h"

#include "shoal-arrival-card.h"
#include "shoal-commands-settings.h"
#include "shoal-folder-room.h"
#include "shoal-offer-card.h"

#include <glib/gi18n.h>

/* Cards at once: strangers can offer hundreds of things. */
#define FEW_CARDS 20u
/* How much of the window's height all may take; the first card may take more, so
 * that its buttons are seen, as long as something is left for the page. */
#define MOST_OF_THE_WINDOW 0.55
#define LEFT_FOR_THE_PAGE 170

/* Around the cards, and the widest they get, as in the template. */
#define MARGINS 24
#define MOST_WIDE 600

/* Texts that were dismissed; the latest that many are remembered. */
#define DISMISSED "dismissed-texts"
#define MAX_DISMISSED 500u

struct _ShoalIncomingArea
{
  GtkWidget       parent_instance;

  ShoalModel     *model;      /* (owned) (nullable): set once */
  GSettings      *settings;   /* (owned) (nullable): of the window */
  ShoalRoomWatch *watch;      /* (owned): of the download folder */
  GHashTable     *by_id;      /* (owned): offer or transfer ID → card (unowned) */
  GHashTable     *put_away;   /* (owned): set of IDs of offers */
  guint           max_cards;
  int             window_height; /* that our own was measured for */
  guint           resize_idle;
  gboolean        metered_put_away;

  GtkWidget      *scroller;
  GtkBox         *cards;
  GtkWidget      *metered, *metered_put_away_button, *consent_button;
  GtkWidget      *show_more_button;
};

G_DEFINE_FINAL_TYPE (ShoalIncomingArea, shoal_incoming_area, GTK_TYPE_WIDGET)

typedef enum
{
  PROP_MODEL = 1,
} ShoalIncomingAreaProperty;

static GParamSpec *props[PROP_MODEL + 1];

/* NULL when the schema is not installed: then nothing is remembered. */
static GSettings *
find_settings (void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchema) schema
    = source != NULL ? g_settings_schema_source_lookup (source, SHOAL_APPLICATION_ID, TRUE) : NULL;

  return schema != NULL ? g_settings_new_full (schema, NULL, NULL) : NULL;
}

/* --- What is to be seen -------------------------------------------------- */

static void
label_more (ShoalIncomingArea *self, guint n)
{
  g_autofree char *label
    = g_strdup_printf (ngettext ("Show %u More That Waits", "Show %u More That Wait", n), n);

  gtk_button_set_label (GTK_BUTTON (self->show_more_button), label);
  gtk_widget_set_visible (self->show_more_button, n > 0);
}

/* Which cards are shown, and whether there is anything at all. */
static void
update_visible (ShoalIncomingArea *self)
{
  guint n_shown = 0, n_hidden = 0;

  for (GtkWidget *card = gtk_widget_get_first_child (GTK_WIDGET (self->cards)); card != NULL;
       card = gtk_widget_get_next_sibling (card))
    {
      const char *id = gtk_widget_get_name (card);
      gboolean shown
        = n_shown < self->max_cards && !g_hash_table_contains (self->put_away, id);

      gtk_widget_set_visible (card, shown);
      n_shown += shown;
      n_hidden += !shown;
    }
  label_more (self, n_hidden);
  shoal_room_watch_set_active (self->watch,
                               n_shown > 0 && gtk_widget_get_mapped (GTK_WIDGET (self)));
  gtk_widget_set_visible (GTK_WIDGET (self->cards), n_shown > 0);
  gtk_widget_set_visible (GTK_WIDGET (self),
                          n_shown + n_hidden > 0 || gtk_widget_get_visible (self->metered));
}

static void
add_card (ShoalIncomingArea *self, GtkWidget *card, const char *id)
{
  gtk_widget_set_name (card, id);
  g_hash_table_insert (self->by_id, g_strdup (id), card);
  gtk_box_append (self->cards, card);
}

static void
remove_card (ShoalIncomingArea *self, GtkWidget *card)
{
  g_autofree char *id = g_strdup (gtk_widget_get_name (card));

  g_hash_table_remove (self->by_id, id);
  g_hash_table_remove (self->put_away, id);
  gtk_box_remove (self->cards, card);
}

/* Those whose reason is gone. */
static void
remove_gone (ShoalIncomingArea *self)
{
  GtkWidget *next;

  for (GtkWidget *card = gtk_widget_get_first_child (GTK_WIDGET (self->cards)); card != NULL;
       card = next)
    {
      const char *id = gtk_widget_get_name (card);

      next = gtk_widget_get_next_sibling (card);
      if (SHOAL_IS_OFFER_CARD (card) ? shoal_model_find_offer (self->model, id) == NULL
                                     : shoal_model_find_transfer (self->model, id) == NULL)
        remove_card (self, card);
    }
}

/* --- Offers -------------------------------------------------------------- */

static void
on_put_away (ShoalIncomingArea *self, ShoalOfferCard *card)
{
  g_hash_table_add (self->put_away, g_strdup (gtk_widget_get_name (GTK_WIDGET (card))));
  update_visible (self);
}

static void
on_offers_changed (ShoalIncomingArea *self, guint position, guint removed, guint added,
                   GListModel *offers)
{
  if (removed > 0)
    remove_gone (self);
  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (ShoalOfferItem) offer = g_list_model_get_item (offers, i);
      const char *id = shoal_offer_item_get_id (offer);
      GtkWidget *card;

      if (g_hash_table_contains (self->by_id, id))
        continue;
      card = shoal_offer_card_new (self->model, offer, self->watch);
      g_signal_connect_object (card, "put-away", G_CALLBACK (on_put_away), self,
                               G_CONNECT_SWAPPED);
      add_card (self, card, id);
    }
  update_visible (self);
}

static void
on_show_more (ShoalIncomingArea *self)
{
  g_hash_table_remove_all (self->put_away);
  self->max_cards += FEW_CARDS;
  update_visible (self);
}

/* --- Texts --------------------------------------------------------------- */

static gboolean
is_dismissed (ShoalIncomingArea *self, const char *id)
{
  g_auto (GStrv) ids
    = self->settings != NULL ? g_settings_get_strv (self->settings, DISMISSED) : NULL;

  return ids != NULL && g_strv_contains ((const char *const *) ids, id);
}

static void
remember_dismissed (ShoalIncomingArea *self, const char *id)
{
  g_auto (GStrv) ids = g_settings_get_strv (self->settings, DISMISSED);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) kept = NULL;
  guint n = g_strv_length (ids);

  for (guint i = n >= MAX_DISMISSED ? n - MAX_DISMISSED + 1 : 0; i < n; i++)
    g_strv_builder_add (builder, ids[i]);
  g_strv_builder_add (builder, id);
  kept = g_strv_builder_end (builder);
  g_settings_set_strv (self->settings, DISMISSED, (const char *const *) kept);
}

static void
on_dismissed (ShoalIncomingArea *self, ShoalArrivalCard *card)
{
  if (self->settings != NULL)
    remember_dismissed (self, gtk_widget_get_name (GTK_WIDGET (card)));
  remove_card (self, GTK_WIDGET (card));
  update_visible (self);
}

static void
take_text (ShoalIncomingArea *self, ShoalTransferItem *item)
{
  const ShoalTransferInfo *info = shoal_transfer_item_get_info (item);
  GtkWidget *card;

  if (info->phase != SHOAL_TRANSFER_DONE || info->text == NULL
      || g_hash_table_contains (self->by_id, info->id) || is_dismissed (self, info->id))
    return;
  card = shoal_arrival_card_new (self->model, item);
  g_signal_connect_object (card, "dismissed", G_CALLBACK (on_dismissed), self,
                           G_CONNECT_SWAPPED);
  add_card (self, card, info->id);
  update_visible (self);
}

static void
on_transfers_changed (ShoalIncomingArea *self, guint position, guint removed, guint added,
                      GListModel *transfers)
{
  if (removed > 0)
    remove_gone (self);
  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (ShoalTransferItem) item = g_list_model_get_item (transfers, i);
      const ShoalTransferInfo *info = shoal_transfer_item_get_info (item);

      if (info->direction != SHOAL_TRANSFER_GET || info->kind == SHOAL_CONTENT_FILES)
        continue;
      g_signal_connect_object (item, "changed", G_CALLBACK (take_text), self, G_CONNECT_SWAPPED);
      take_text (self, item);
    }
  update_visible (self);
}

/* --- Settings, metered networks ------------------------------------------ */

static void
on_settings_changed (ShoalIncomingArea *self)
{
  const ShoalSettings *settings = shoal_model_get_settings (self->model);

  if (settings == NULL)
    return;
  shoal_room_watch_set_directory (self->watch, settings->directory);
  if (!settings->waits_for_consent)
    self->metered_put_away = FALSE;
  gtk_widget_set_visible (self->metered,
                          settings->waits_for_consent && !self->metered_put_away);
  update_visible (self);
}

static void
on_metered_put_away (ShoalIncomingArea *self)
{
  self->metered_put_away = TRUE;
  on_settings_changed (self);
}

static void
on_consent (ShoalIncomingArea *self)
{
  shoal_model_consent_to_metered (self->model);
}

/* --- Height -------------------------------------------------------------- */

static int
get_window_height (ShoalIncomingArea *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  int width = 0, height = 0;

  if (!GTK_IS_WINDOW (root))
    return 0;
  /* What it is going to be; what it is, if it fills the screen. */
  if (!gtk_window_is_maximized (GTK_WINDOW (root)) && !gtk_window_is_fullscreen (GTK_WINDOW (root)))
    gtk_window_get_default_size (GTK_WINDOW (root), &width, &height);
  return height > 0 ? height : gtk_widget_get_height (GTK_WIDGET (root));
}

/* Of the first card that is seen, with its margins. */
static int
measure_first (ShoalIncomingArea *self, int width)
{
  int height = 0;

  for (GtkWidget *card = gtk_widget_get_first_child (GTK_WIDGET (self->cards)); card != NULL;
       card = gtk_widget_get_next_sibling (card))
    {
      if (!gtk_widget_get_visible (card))
        continue;
      gtk_widget_measure (card, GTK_ORIENTATION_VERTICAL,
                          width < 0 ? -1 : MAX (MIN (width, MOST_WIDE) - MARGINS, 0), NULL,
                          &height, NULL, NULL);
      return height + MARGINS;
    }
  return 0;
}

/* The page below would take its share otherwise: what is wanted is needed. */
static void
shoal_incoming_area_measure (GtkWidget *widget, GtkOrientation orientation, int for_size,
                             int *minimum, int *natural, int *minimum_baseline,
                             int *natural_baseline)
{
  ShoalIncomingArea *self = SHOAL_INCOMING_AREA (widget);

  gtk_widget_measure (self->scroller, orientation, for_size, minimum, natural, NULL, NULL);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    return;
  self->window_height = get_window_height (self);
  if (self->window_height > 0)
    {
      int most = MAX ((int) (self->window_height * MOST_OF_THE_WINDOW),
                      measure_first (self, for_size));

      *natural = MIN (*natural, MIN (most, MAX (self->window_height - LEFT_FOR_THE_PAGE, 0)));
    }
  *natural = *minimum = MAX (*minimum, *natural);
}

static gboolean
on_other_height (gpointer user_data)
{
  ShoalIncomingArea *self = user_data;

  self->resize_idle = 0;
  gtk_widget_queue_resize (GTK_WIDGET (self));
  return G_SOURCE_REMOVE;
}

static void
shoal_incoming_area_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  ShoalIncomingArea *self = SHOAL_INCOMING_AREA (widget);

  gtk_widget_size_allocate (self->scroller, &(GtkAllocation){ 0, 0, width, height }, baseline);
  if (self->window_height != get_window_height (self) && self->resize_idle == 0)
    self->resize_idle = g_idle_add (on_other_height, self);
}

static void
shoal_incoming_area_root (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (shoal_incoming_area_parent_class)->root (widget);
  g_signal_connect_object (gtk_widget_get_root (widget), "notify::default-height",
                           G_CALLBACK (gtk_widget_queue_resize), widget, G_CONNECT_SWAPPED);
}

static void
shoal_incoming_area_unroot (GtkWidget *widget)
{
  g_signal_handlers_disconnect_by_func (gtk_widget_get_root (widget), gtk_widget_queue_resize,
                                        widget);
  GTK_WIDGET_CLASS (shoal_incoming_area_parent_class)->unroot (widget);
}

static void
shoal_incoming_area_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (shoal_incoming_area_parent_class)->map (widget);
  update_visible (SHOAL_INCOMING_AREA (widget));
}

static void
shoal_incoming_area_unmap (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (shoal_incoming_area_parent_class)->unmap (widget);
  shoal_room_watch_set_active (SHOAL_INCOMING_AREA (widget)->watch, FALSE);
}

/* --- GObject ------------------------------------------------------------- */

static void
set_model (ShoalIncomingArea *self, ShoalModel *model)
{
  GListModel *offers, *transfers;

  if (model == NULL || self->model != NULL)
    return;
  self->model = g_object_ref (model);
  offers = shoal_model_get_offers (model);
  transfers = shoal_model_get_transfers (model);
  g_signal_connect_object (model, "settings-changed", G_CALLBACK (on_settings_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (offers, "items-changed", G_CALLBACK (on_offers_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (transfers, "items-changed", G_CALLBACK (on_transfers_changed), self,
                           G_CONNECT_SWAPPED);
  on_settings_changed (self);
  on_offers_changed (self, 0, 0, g_list_model_get_n_items (offers), offers);
  on_transfers_changed (self, 0, 0, g_list_model_get_n_items (transfers), transfers);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_MODEL]);
}

static void
shoal_incoming_area_get_property (GObject *object, guint prop_id, GValue *value,
                                  GParamSpec *pspec)
{
  ShoalIncomingArea *self = SHOAL_INCOMING_AREA (object);

  switch ((ShoalIncomingAreaProperty) prop_id)
    {
    case PROP_MODEL:
      g_value_set_object (value, self->model);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
shoal_incoming_area_set_property (GObject *object, guint prop_id, const GValue *value,
                                  GParamSpec *pspec)
{
  switch ((ShoalIncomingAreaProperty) prop_id)
    {
    case PROP_MODEL:
      set_model (SHOAL_INCOMING_AREA (object), g_value_get_object (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
shoal_incoming_area_dispose (GObject *object)
{
  ShoalIncomingArea *self = SHOAL_INCOMING_AREA (object);

  g_clear_handle_id (&self->resize_idle, g_source_remove);
  if (self->watch != NULL)
    shoal_room_watch_set_active (self->watch, FALSE);
  g_hash_table_remove_all (self->by_id);
  g_clear_object (&self->watch);
  g_clear_object (&self->settings);
  g_clear_object (&self->model);
  gtk_widget_dispose_template (GTK_WIDGET (self), SHOAL_TYPE_INCOMING_AREA);
  G_OBJECT_CLASS (shoal_incoming_area_parent_class)->dispose (object);
}

static void
shoal_incoming_area_finalize (GObject *object)
{
  ShoalIncomingArea *self = SHOAL_INCOMING_AREA (object);

  g_hash_table_unref (self->by_id);
  g_hash_table_unref (self->put_away);
  G_OBJECT_CLASS (shoal_incoming_area_parent_class)->finalize (object);
}

static void
shoal_incoming_area_class_init (ShoalIncomingAreaClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = shoal_incoming_area_dispose;
  object_class->finalize = shoal_incoming_area_finalize;
  object_class->get_property = shoal_incoming_area_get_property;
  object_class->set_property = shoal_incoming_area_set_property;
  widget_class->measure = shoal_incoming_area_measure;
  widget_class->size_allocate = shoal_incoming_area_size_allocate;
  widget_class->map = shoal_incoming_area_map;
  widget_class->unmap = shoal_incoming_area_unmap;
  widget_class->root = shoal_incoming_area_root;
  widget_class->unroot = shoal_incoming_area_unroot;

  props[PROP_MODEL]
    = g_param_spec_object ("model", NULL, NULL, SHOAL_TYPE_MODEL,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               SHOAL_RESOURCES "shoal-incoming-area.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalIncomingArea, scroller);
  gtk_widget_class_bind_template_child (widget_class, ShoalIncomingArea, cards);
  gtk_widget_class_bind_template_child (widget_class, ShoalIncomingArea, metered);
  gtk_widget_class_bind_template_child (widget_class, ShoalIncomingArea,
                                        metered_put_away_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalIncomingArea, consent_button);
  gtk_widget_class_bind_template_child (widget_class, ShoalIncomingArea, show_more_button);
  gtk_widget_class_bind_template_callback (widget_class, on_metered_put_away);
  gtk_widget_class_bind_template_callback (widget_class, on_consent);
  gtk_widget_class_bind_template_callback (widget_class, on_show_more);
}

static void
shoal_incoming_area_init (ShoalIncomingArea *self)
{
  self->by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->put_away = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->max_cards = FEW_CARDS;
  self->settings = find_settings ();
  self->watch = shoal_room_watch_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
shoal_incoming_area_new (ShoalModel *model)
{
  return g_object_new (SHOAL_TYPE_INCOMING_AREA, "model", model, NULL);
}

gboolean
shoal_incoming_area_reveal (ShoalIncomingArea *self, const char *id)
{
  GtkWidget *card;

  g_return_val_if_fail (SHOAL_IS_INCOMING_AREA (self), FALSE);

  card = g_hash_table_lookup (self->by_id, id);
  if (card == NULL)
    return FALSE;
  g_hash_table_remove (self->put_away, id);
  gtk_box_reorder_child_after (self->cards, card, NULL);
  update_visible (self);
  gtk_widget_child_focus (card, GTK_DIR_TAB_FORWARD);
  return TRUE;
}
