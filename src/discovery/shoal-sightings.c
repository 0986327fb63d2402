/* shoal-sightings.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-discovery"

#include "config.h"

#include "shoal-sightings.h"

/* Waits for the other interfaces and IP family. */
#define SETTLE (50 * G_TIME_SPAN_MILLISECOND)
/* A changed TXT record reaches every interface well within this (RFC 6762 §8.3: two
 * announcements a second apart). */
#define SPLIT (1500 * G_TIME_SPAN_MILLISECOND)

typedef struct
{
  guint               interface;
  GSocketFamily       family;
  GInetSocketAddress *address; /* (owned) (nullable): not resolved */
  GBytes             *txt;     /* (owned) (nullable): as address */
  gboolean            marked;
} Sighting;

/* All that bears one instance name. */
typedef struct
{
  ShoalSightings *table;     /* (unowned) */
  char           *name;      /* (owned) */
  GPtrArray      *sightings; /* (owned) (element-type Sighting) */
  GPtrArray      *told;      /* (owned) (element-type ShoalNearby): what listeners know of */
  guint           timer;
  gboolean        urgent;    /* the timer is a short one */
  gint64          split_at;  /* until then its sightings may disagree; 0: they agree */
} Instance;

struct _ShoalSightings
{
  ShoalRuntime      *runtime;   /* (owned) */
  ShoalSightingsFunc func;
  gpointer           user_data;
  GHashTable        *instances; /* (owned) (element-type utf8 Instance) */
  guint64            last_key;
};

static void flush (gpointer user_data);

/* --- Records ------------------------------------------------------------- */

static void
sighting_free (Sighting *self)
{
  g_clear_object (&self->address);
  g_clear_pointer (&self->txt, g_bytes_unref);
  g_free (self);
}

static void
nearby_free (ShoalNearby *self)
{
  g_free (self->instance);
  g_bytes_unref (self->txt);
  g_ptr_array_unref (self->addresses);
  g_free (self);
}

static ShoalNearby *
nearby_new (const char *name, GBytes *txt)
{
  ShoalNearby *self = g_new0 (ShoalNearby, 1);

  self->instance = g_strdup (name);
  self->txt = g_bytes_ref (txt);
  self->addresses = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_nearby_address_free);
  return self;
}

static void
instance_free (Instance *self)
{
  shoal_runtime_clear_timer (self->table->runtime, &self->timer);
  g_free (self->name);
  g_ptr_array_unref (self->sightings);
  g_ptr_array_unref (self->told);
  g_free (self);
}

static Instance *
instance_new (ShoalSightings *table, const char *name)
{
  Instance *self = g_new0 (Instance, 1);

  self->table = table;
  self->name = g_strdup (name);
  self->sightings = g_ptr_array_new_with_free_func ((GDestroyNotify) sighting_free);
  self->told = g_ptr_array_new_with_free_func ((GDestroyNotify) nearby_free);
  return self;
}

static Sighting *
find_sighting (Instance *self, guint interface, GSocketFamily family, guint *index)
{
  for (guint i = 0; i < self->sightings->len; i++)
    {
      Sighting *sighting = g_ptr_array_index (self->sightings, i);

      if (sighting->interface == interface && sighting->family == family)
        {
          *index = i;
          return sighting;
        }
    }
  return NULL;
}

static void
touch (Instance *self)
{
  if (self->timer != 0 && self->urgent)
    return;
  shoal_runtime_clear_timer (self->table->runtime, &self->timer);
  self->urgent = TRUE;
  self->timer = shoal_runtime_add_timer (self->table->runtime, SETTLE, flush, self);
}

/* --- Addresses ----------------------------------------------------------- */

/* The order in which they are worth trying. */
static int
rank (const ShoalNearbyAddress *self)
{
  GInetAddress *address = g_inet_socket_address_get_address (self->address);
  gboolean old = g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4;

  if (g_inet_address_get_is_loopback (address))
    return 0; /* on this very computer */
  if (g_inet_address_get_is_link_local (address))
    return old ? 3 : 4;
  return old ? 1 : 2;
}

static int
compare_addresses (gconstpointer a, gconstpointer b)
{
  const ShoalNearbyAddress *one = *(ShoalNearbyAddress *const *) a;
  const ShoalNearbyAddress *other = *(ShoalNearbyAddress *const *) b;
  int difference = rank (one) - rank (other);

  if (difference == 0)
    difference = (int) one->interface - (int) other->interface;
  return difference;
}

static guint32
scope_of (GInetSocketAddress *self)
{
  GInetAddress *address = g_inet_socket_address_get_address (self);

  return g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6
           ? g_inet_socket_address_get_scope_id (self)
           : 0;
}

static gboolean
same_socket_address (GInetSocketAddress *a, GInetSocketAddress *b)
{
  return g_inet_address_equal (g_inet_socket_address_get_address (a),
                               g_inet_socket_address_get_address (b))
         && g_inet_socket_address_get_port (a) == g_inet_socket_address_get_port (b)
         && scope_of (a) == scope_of (b);
}

static gboolean
same_addresses (GPtrArray *a, GPtrArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    {
      const ShoalNearbyAddress *one = g_ptr_array_index (a, i);
      const ShoalNearbyAddress *other = g_ptr_array_index (b, i);

      if (one->interface != other->interface
          || !same_socket_address (one->address, other->address))
        return FALSE;
    }
  return TRUE;
}

static void
add_address (ShoalNearby *self, const Sighting *sighting)
{
  ShoalNearbyAddress *address;

  /* Two cards in one network see the same address twice. */
  for (guint i = 0; i < self->addresses->len; i++)
    {
      address = g_ptr_array_index (self->addresses, i);
      if (same_socket_address (address->address, sighting->address))
        return;
    }

  address = g_new0 (ShoalNearbyAddress, 1);
  address->address = g_object_ref (sighting->address);
  address->interface = sighting->interface;
  g_ptr_array_add (self->addresses, address);
}

/* --- Announcements ------------------------------------------------------- */

static guint
port_of (const ShoalNearby *self)
{
  const ShoalNearbyAddress *first = g_ptr_array_index (self->addresses, 0);

  return g_inet_socket_address_get_port (first->address);
}

/* What the sightings say now. (transfer full) (element-type ShoalNearby) */
static GPtrArray *
classify (Instance *self)
{
  GPtrArray *classes = g_ptr_array_new_with_free_func ((GDestroyNotify) nearby_free);

  for (guint i = 0; i < self->sightings->len; i++)
    {
      const Sighting *sighting = g_ptr_array_index (self->sightings, i);
      ShoalNearby *found = NULL;

      if (sighting->address == NULL)
        continue;
      for (guint j = 0; j < classes->len && found == NULL; j++)
        {
          ShoalNearby *class = g_ptr_array_index (classes, j);

          if (g_bytes_equal (class->txt, sighting->txt)
              && port_of (class) == g_inet_socket_address_get_port (sighting->address))
            found = class;
        }
      if (found == NULL)
        {
          found = nearby_new (self->name, sighting->txt);
          g_ptr_array_add (classes, found);
        }
      add_address (found, sighting);
    }

  for (guint i = 0; i < classes->len; i++)
    g_ptr_array_sort (((ShoalNearby *) g_ptr_array_index (classes, i))->addresses,
                      compare_addresses);
  return classes;
}

/* Gives each class the key of what was told: first where nothing but addresses changed, then
 * whatever is left, in order. */
static void
inherit_keys (GPtrArray *told, GPtrArray *classes)
{
  for (int exact = 1; exact >= 0; exact--)
    for (guint i = 0; i < told->len; i++)
      {
        ShoalNearby *old = g_ptr_array_index (told, i);

        for (guint j = 0; j < classes->len && old->key != 0; j++)
          {
            ShoalNearby *class = g_ptr_array_index (classes, j);

            if (class->key == 0
                && (!exact
                    || (g_bytes_equal (class->txt, old->txt) && port_of (class) == port_of (old))))
              {
                class->key = old->key;
                old->key = 0; /* taken */
              }
          }
      }
}

/* Tells what became of @told; keys were 0 for those with a successor. */
static void
tell_difference (ShoalSightings *self, GPtrArray *told, GPtrArray *classes, GArray *old_keys)
{
  for (guint i = 0; i < told->len; i++)
    {
      ShoalNearby *old = g_ptr_array_index (told, i);

      if (old->key != 0)
        self->func (SHOAL_SIGHTING_LOST, old, self->user_data);
    }

  for (guint i = 0; i < classes->len; i++)
    {
      ShoalNearby *class = g_ptr_array_index (classes, i);
      const ShoalNearby *old = NULL;

      for (guint j = 0; j < told->len && class->key != 0 && old == NULL; j++)
        if (g_array_index (old_keys, guint64, j) == class->key)
          old = g_ptr_array_index (told, j);

      if (old == NULL)
        {
          class->key = ++self->last_key;
          self->func (SHOAL_SIGHTING_FOUND, class, self->user_data);
        }
      else if (!g_bytes_equal (old->txt, class->txt)
               || !same_addresses (old->addresses, class->addresses))
        self->func (SHOAL_SIGHTING_CHANGED, class, self->user_data);
    }
}

/* Waits, if the sightings disagree more than they did: it may be a change on its way. */
static gboolean
is_premature (Instance *self, GPtrArray *classes)
{
  ShoalRuntime *runtime = self->table->runtime;
  gint64 now = shoal_runtime_now (runtime);

  if (classes->len <= 1 || classes->len <= self->told->len)
    {
      self->split_at = 0;
      return FALSE;
    }

  if (self->split_at == 0)
    self->split_at = now + SPLIT;
  if (now >= self->split_at)
    return FALSE;

  self->urgent = FALSE;
  self->timer = shoal_runtime_add_timer (runtime, self->split_at - now, flush, self);
  return TRUE;
}

static void
flush (gpointer user_data)
{
  Instance *self = user_data;
  ShoalSightings *table = self->table;
  g_autoptr (GPtrArray) classes = classify (self);
  g_autoptr (GPtrArray) told = NULL;
  g_autoptr (GArray) old_keys = g_array_new (FALSE, FALSE, sizeof (guint64));

  self->timer = 0;
  if (is_premature (self, classes))
    return;

  for (guint i = 0; i < self->told->len; i++)
    g_array_append_val (old_keys, ((ShoalNearby *) g_ptr_array_index (self->told, i))->key);
  inherit_keys (self->told, classes);
  told = g_steal_pointer (&self->told);
  self->told = g_ptr_array_ref (classes);

  /* Listeners may stop the discovery: nothing of @self is touched after they were told. */
  if (self->sightings->len == 0)
    g_hash_table_remove (table->instances, self->name);
  tell_difference (table, told, classes, old_keys);
}

/* --- Public -------------------------------------------------------------- */

ShoalSightings *
shoal_sightings_new (ShoalRuntime *runtime, ShoalSightingsFunc func, gpointer user_data)
{
  ShoalSightings *self = g_new0 (ShoalSightings, 1);

  self->runtime = g_object_ref (runtime);
  self->func = func;
  self->user_data = user_data;
  self->instances = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                           (GDestroyNotify) instance_free);
  return self;
}

void
shoal_sightings_free (ShoalSightings *self)
{
  g_hash_table_unref (self->instances);
  g_object_unref (self->runtime);
  g_free (self);
}

void
shoal_sightings_clear (ShoalSightings *self)
{
  g_hash_table_remove_all (self->instances);
}

void
shoal_sightings_set (ShoalSightings     *self,
                     guint               interface,
                     GSocketFamily       family,
                     const char         *name,
                     GInetSocketAddress *address,
                     GBytes             *txt)
{
  Instance *instance = g_hash_table_lookup (self->instances, name);
  Sighting *sighting;
  guint index;

  if (instance == NULL)
    {
      instance = instance_new (self, name);
      g_hash_table_insert (self->instances, instance->name, instance);
    }

  sighting = find_sighting (instance, interface, family, &index);
  if (sighting == NULL)
    {
      sighting = g_new0 (Sighting, 1);
      sighting->interface = interface;
      sighting->family = family;
      g_ptr_array_add (instance->sightings, sighting);
    }

  sighting->marked = FALSE;
  g_set_object (&sighting->address, address);
  g_clear_pointer (&sighting->txt, g_bytes_unref);
  sighting->txt = address != NULL ? g_bytes_ref (txt) : NULL;
  touch (instance);
}

void
shoal_sightings_remove (ShoalSightings *self,
                        guint           interface,
                        GSocketFamily   family,
                        const char     *name)
{
  Instance *instance = g_hash_table_lookup (self->instances, name);
  guint index;

  if (instance == NULL || find_sighting (instance, interface, family, &index) == NULL)
    return;
  g_ptr_array_remove_index (instance->sightings, index);
  touch (instance);
}

void
shoal_sightings_mark (ShoalSightings *self)
{
  GHashTableIter iter;
  Instance *instance;

  g_hash_table_iter_init (&iter, self->instances);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &instance))
    for (guint i = 0; i < instance->sightings->len; i++)
      ((Sighting *) g_ptr_array_index (instance->sightings, i))->marked = TRUE;
}

void
shoal_sightings_sweep (ShoalSightings *self)
{
  GHashTableIter iter;
  Instance *instance;

  g_hash_table_iter_init (&iter, self->instances);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &instance))
    for (guint i = instance->sightings->len; i > 0; i--)
      if (((Sighting *) g_ptr_array_index (instance->sightings, i - 1))->marked)
        {
          g_ptr_array_remove_index (instance->sightings, i - 1);
          touch (instance);
        }
}
