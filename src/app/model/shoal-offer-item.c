/* shoal-offer-item.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-offer-item.h"

struct _ShoalOfferItem
{
  GObject         parent_instance;

  ShoalOfferInfo *info; /* (owned) */
};

G_DEFINE_FINAL_TYPE (ShoalOfferItem, shoal_offer_item, G_TYPE_OBJECT)

typedef enum
{
  PROP_ID = 1,
  PROP_NAME,
  PROP_FROM_ID,
  PROP_FROM_NAME,
  PROP_KIND,
  PROP_BYTES,
  PROP_FILES,
  PROP_CODE,
} ShoalOfferItemProperty;

static GParamSpec *props[PROP_CODE + 1];
static guint changed_signal;

static void
shoal_offer_item_finalize (GObject *object)
{
  shoal_offer_info_unref (SHOAL_OFFER_ITEM (object)->info);
  G_OBJECT_CLASS (shoal_offer_item_parent_class)->finalize (object);
}

static void
shoal_offer_item_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  ShoalOfferItem *self = SHOAL_OFFER_ITEM (object);

  switch ((ShoalOfferItemProperty) prop_id)
    {
    case PROP_ID:
      g_value_set_string (value, self->info->id);
      break;

    case PROP_NAME:
      g_value_set_string (value, self->info->name);
      break;

    case PROP_FROM_ID:
      g_value_set_string (value, self->info->from->id);
      break;

    case PROP_FROM_NAME:
      g_value_set_string (value, self->info->from->label);
      break;

    case PROP_KIND:
      g_value_set_enum (value, self->info->kind);
      break;

    case PROP_BYTES:
      g_value_set_uint64 (value, self->info->bytes);
      break;

    case PROP_FILES:
      g_value_set_uint (value, self->info->files);
      break;

    case PROP_CODE:
      g_value_set_string (value, self->info->code);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
shoal_offer_item_class_init (ShoalOfferItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags
    = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->finalize = shoal_offer_item_finalize;
  object_class->get_property = shoal_offer_item_get_property;

  props[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL, flags);
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  props[PROP_FROM_ID] = g_param_spec_string ("from-id", NULL, NULL, NULL, flags);
  props[PROP_FROM_NAME] = g_param_spec_string ("from-name", NULL, NULL, NULL, flags);
  props[PROP_KIND] = g_param_spec_enum ("kind", NULL, NULL, SHOAL_TYPE_CONTENT_KIND,
                                        SHOAL_CONTENT_FILES, flags);
  props[PROP_BYTES] = g_param_spec_uint64 ("bytes", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  props[PROP_FILES] = g_param_spec_uint ("files", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_CODE] = g_param_spec_string ("code", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);

  changed_signal = g_signal_new ("changed", SHOAL_TYPE_OFFER_ITEM, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
shoal_offer_item_init (ShoalOfferItem *self)
{
}

/* --- Public -------------------------------------------------------------- */

ShoalOfferItem *
shoal_offer_item_new (ShoalOfferInfo *info)
{
  ShoalOfferItem *self = g_object_new (SHOAL_TYPE_OFFER_ITEM, NULL);

  self->info = shoal_offer_info_ref (info);
  return self;
}

ShoalOfferInfo *
shoal_offer_item_get_info (ShoalOfferItem *self)
{
  return self->info;
}

const char *
shoal_offer_item_get_id (ShoalOfferItem *self)
{
  return self->info->id;
}

static void
notify_if (ShoalOfferItem *self, gboolean differs, ShoalOfferItemProperty property)
{
  if (differs)
    g_object_notify_by_pspec (G_OBJECT (self), props[property]);
}

void
shoal_offer_item_update (ShoalOfferItem *self, ShoalOfferInfo *info)
{
  g_autoptr (ShoalOfferInfo) old = self->info;

  self->info = shoal_offer_info_ref (info);
  if (old == info)
    return;

  g_object_freeze_notify (G_OBJECT (self));
  notify_if (self, g_strcmp0 (old->name, info->name) != 0, PROP_NAME);
  notify_if (self, g_strcmp0 (old->from->label, info->from->label) != 0, PROP_FROM_NAME);
  notify_if (self, old->kind != info->kind, PROP_KIND);
  notify_if (self, old->bytes != info->bytes, PROP_BYTES);
  notify_if (self, old->files != info->files, PROP_FILES);
  notify_if (self, g_strcmp0 (old->code, info->code) != 0, PROP_CODE);
  g_object_thaw_notify (G_OBJECT (self));
  g_signal_emit (self, changed_signal, 0);
}
