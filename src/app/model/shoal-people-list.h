/* shoal-people-list.h: the friends, or those who are near, of the model's devices.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-device-item.h"

G_BEGIN_DECLS

typedef enum
{
  SHOAL_PEOPLE_FRIENDS,
  SHOAL_PEOPLE_NEARBY, /* whoever is there and no friend */
  SHOAL_PEOPLE_ALL,    /* both: friends first */
} ShoalPeople;

/**
 * ShoalPeopleList:
 *
 * A GListModel over the model's devices, by name, without those that are
 * blocked. As devices change, come and go, single items are inserted, removed
 * and moved: rows of others are never made anew.
 */
#define SHOAL_TYPE_PEOPLE_LIST (shoal_people_list_get_type ())
G_DECLARE_FINAL_TYPE (ShoalPeopleList, shoal_people_list, SHOAL, PEOPLE_LIST, GObject)

/* @devices: of ShoalDeviceItem. */
ShoalPeopleList *shoal_people_list_new (GListModel *devices, ShoalPeople people);

G_END_DECLS
