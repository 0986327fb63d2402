/* shoal-listing-item.c: something a friend shares, as a list binds to it.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-listing-item.h"

#include "shoal-format.h"

struct _ShoalListingItem
{
  GObject parent_instance;

  char   *id;      /* (owned) */
  char   *name;    /* (owned) */
  char   *details; /* (owned) */
};

G_DEFINE_FINAL_TYPE (ShoalListingItem, shoal_listing_item, G_TYPE_OBJECT)

typedef enum
{
  PROP_NAME = 1,
  PROP_DETAILS,
} ShoalListingItemProperty;

static GParamSpec *props[PROP_DETAILS + 1];

static void
shoal_listing_item_finalize (GObject *object)
{
  ShoalListingItem *self = SHOAL_LISTING_ITEM (object);

  g_free (self->id);
  g_free (self->name);
  g_free (self->details);
  G_OBJECT_CLASS (shoal_listing_item_parent_class)->finalize (object);
}

static void
shoal_listing_item_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  ShoalListingItem *self = SHOAL_LISTING_ITEM (object);

  switch ((ShoalListingItemProperty) prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;

    case PROP_DETAILS:
      g_value_set_string (value, self->details);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
shoal_listing_item_class_init (ShoalListingItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = shoal_listing_item_finalize;
  object_class->get_property = shoal_listing_item_get_property;

  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL,
                                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  props[PROP_DETAILS] = g_param_spec_string ("details", NULL, NULL, NULL,
                                             G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);
}

static void
shoal_listing_item_init (ShoalListingItem *self)
{
}

ShoalListingItem *
shoal_listing_item_new (const ShoalListing *listing)
{
  ShoalListingItem *self = g_object_new (SHOAL_TYPE_LISTING_ITEM, NULL);
  g_autofree char *files = shoal_format_files (listing->files, 0);
  g_autofree char *size = shoal_format_size (listing->bytes);

  self->id = g_strdup (listing->id);
  self->name = shoal_format_name (listing->name);
  self->details = shoal_format_join (files, size, NULL);
  return self;
}

const char *
shoal_listing_item_get_id (ShoalListingItem *self)
{
  g_return_val_if_fail (SHOAL_IS_LISTING_ITEM (self), NULL);

  return self->id;
}

const char *
shoal_listing_item_get_name (ShoalListingItem *self)
{
  g_return_val_if_fail (SHOAL_IS_LISTING_ITEM (self), NULL);

  return self->name;
}
