/* shoal-file-model.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-file-model.h"

#include "shoal-format.h"

#include <glib/gi18n.h>
#include <string.h>

struct _ShoalFileItem
{
  GObject          parent_instance;

  ShoalFileModel  *model; /* (unowned) (nullable): it forgets us, or we it */
  guint            index; /* in the list */
  ShoalFileList   *list;  /* (owned): what `file` points into */
  ShoalListedFile  file;
};

G_DEFINE_FINAL_TYPE (ShoalFileItem, shoal_file_item, G_TYPE_OBJECT)

typedef enum
{
  PROP_NAME = 1,
  PROP_FOLDER,
  PROP_SIZE,
  PROP_STATE,
  PROP_ICON_NAME,
  PROP_LABEL,
} ShoalFileItemProperty;

static GParamSpec *props[PROP_LABEL + 1];

struct _ShoalFileModel
{
  GObject        parent_instance;

  ShoalFileList *list;   /* (owned) (nullable) */
  GHashTable    *live;   /* (owned): index → ShoalFileItem (unowned) */
  char          *search; /* (owned): casefolded; "": all */
  GArray        *found;  /* (owned) (nullable): indices of what is shown; NULL: all */
};

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ShoalFileModel, shoal_file_model, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

/* --- A file in words ------------------------------------------------------- */

static const char *
name_of (const ShoalListedFile *file)
{
  const char *slash = strrchr (file->path, '/');

  return slash != NULL ? slash + 1 : file->path;
}

static char *
folder_of (const ShoalListedFile *file)
{
  const char *slash = strrchr (file->path, '/');

  return slash != NULL ? g_strndup (file->path, (gsize) (slash - file->path)) : g_strdup ("");
}

static char *
state_of (const ShoalListedFile *file)
{
  switch (file->state)
    {
    case SHOAL_LISTED_SKIPPED:
      return g_strdup (_("Not chosen"));
    case SHOAL_LISTED_MISSING:
      return g_strdup (C_("file", "Waiting"));
    case SHOAL_LISTED_PARTIAL:
      return shoal_format_percent (file->done, file->bytes);
    case SHOAL_LISTED_DONE:
      return g_strdup (_("Verified"));
    case SHOAL_LISTED_FAILED:
      return g_strdup (file->why != NULL ? file->why : C_("file", "Failed"));
    case SHOAL_LISTED_OFFERED:
    default:
      return g_strdup ("");
    }
}

static const char *
icon_name_of (const ShoalListedFile *file)
{
  if (file->state == SHOAL_LISTED_DONE)
    return "object-select-symbolic";
  if (file->state == SHOAL_LISTED_FAILED)
    return "dialog-warning-symbolic";
  return "text-x-generic-symbolic";
}

/* (transfer full) */
static char *
label_of (const ShoalListedFile *file)
{
  g_autofree char *size = shoal_format_size (file->bytes);
  g_autofree char *state = state_of (file);

  return shoal_format_join (file->path, size, state, NULL);
}

static void
shoal_file_item_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  const ShoalListedFile *file = &SHOAL_FILE_ITEM (object)->file;

  switch ((ShoalFileItemProperty) prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, name_of (file));
      break;

    case PROP_FOLDER:
      g_value_take_string (value, folder_of (file));
      break;

    case PROP_SIZE:
      g_value_take_string (value, shoal_format_size (file->bytes));
      break;

    case PROP_STATE:
      g_value_take_string (value, state_of (file));
      break;

    case PROP_ICON_NAME:
      g_value_set_string (value, icon_name_of (file));
      break;

    case PROP_LABEL:
      g_value_take_string (value, label_of (file));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
shoal_file_item_finalize (GObject *object)
{
  ShoalFileItem *self = SHOAL_FILE_ITEM (object);

  if (self->model != NULL)
    g_hash_table_remove (self->model->live, GUINT_TO_POINTER (self->index));
  shoal_file_list_unref (self->list);

  G_OBJECT_CLASS (shoal_file_item_parent_class)->finalize (object);
}

static void
shoal_file_item_class_init (ShoalFileItemClass *klass)
{
  static const char *const NAMES[] = {
    NULL, "name", "folder", "size", "state", "icon-name", "label",
  };
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = shoal_file_item_finalize;
  object_class->get_property = shoal_file_item_get_property;
  for (guint i = PROP_NAME; i < G_N_ELEMENTS (props); i++)
    props[i] = g_param_spec_string (NAMES[i], NULL, NULL, NULL,
                                    G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);
}

static void
shoal_file_item_init (ShoalFileItem *self)
{
}

static void
update_item (ShoalFileItem *item, ShoalFileList *list)
{
  ShoalListedFile before = item->file;

  shoal_file_list_get (list, item->index, &item->file);
  if (before.state != item->file.state || before.done != item->file.done)
    {
      g_object_notify_by_pspec (G_OBJECT (item), props[PROP_STATE]);
      g_object_notify_by_pspec (G_OBJECT (item), props[PROP_LABEL]);
    }
  if (before.state != item->file.state)
    g_object_notify_by_pspec (G_OBJECT (item), props[PROP_ICON_NAME]);

  shoal_file_list_ref (list);
  shoal_file_list_unref (item->list);
  item->list = list;
}

/* --- GListModel ------------------------------------------------------------ */

static GType
get_item_type (GListModel *model)
{
  return SHOAL_TYPE_FILE_ITEM;
}

static guint
get_n_items (GListModel *model)
{
  ShoalFileModel *self = SHOAL_FILE_MODEL (model);

  if (self->found != NULL)
    return self->found->len;
  return self->list != NULL ? shoal_file_list_get_n_files (self->list) : 0;
}

static gpointer
get_item (GListModel *model, guint position)
{
  ShoalFileModel *self = SHOAL_FILE_MODEL (model);
  ShoalFileItem *item;
  guint index;

  if (position >= get_n_items (model))
    return NULL;

  index = self->found != NULL ? g_array_index (self->found, guint, position) : position;
  item = g_hash_table_lookup (self->live, GUINT_TO_POINTER (index));
  if (item != NULL)
    return g_object_ref (item);

  item = g_object_new (SHOAL_TYPE_FILE_ITEM, NULL);
  item->model = self;
  item->index = index;
  item->list = shoal_file_list_ref (self->list);
  shoal_file_list_get (self->list, index, &item->file);
  g_hash_table_insert (self->live, GUINT_TO_POINTER (index), item);
  return item;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

/* --- GObject --------------------------------------------------------------- */

static void
forget_items (ShoalFileModel *self)
{
  GHashTableIter iter;
  gpointer item;

  g_hash_table_iter_init (&iter, self->live);
  while (g_hash_table_iter_next (&iter, NULL, &item))
    SHOAL_FILE_ITEM (item)->model = NULL;
  g_hash_table_remove_all (self->live);
}

static void
shoal_file_model_finalize (GObject *object)
{
  ShoalFileModel *self = SHOAL_FILE_MODEL (object);

  forget_items (self);
  g_hash_table_unref (self->live);
  g_clear_pointer (&self->list, shoal_file_list_unref);
  g_clear_pointer (&self->found, g_array_unref);
  g_free (self->search);

  G_OBJECT_CLASS (shoal_file_model_parent_class)->finalize (object);
}

static void
shoal_file_model_class_init (ShoalFileModelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = shoal_file_model_finalize;
}

static void
shoal_file_model_init (ShoalFileModel *self)
{
  self->live = g_hash_table_new (NULL, NULL);
  self->search = g_strdup ("");
}

/* --- Public ---------------------------------------------------------------- */

ShoalFileModel *
shoal_file_model_new (void)
{
  return g_object_new (SHOAL_TYPE_FILE_MODEL, NULL);
}

static gboolean
is_ascii (const char *text)
{
  while (*text != '\0' && g_ascii_isprint (*text))
    text++;
  return *text == '\0';
}

/* Most names and searches are ASCII: a hundred thousand take some milliseconds. */
static gboolean
matches (const char *path, const char *search)
{
  g_autofree char *folded = NULL;

  if (is_ascii (search) && is_ascii (path))
    return strcasestr (path, search) != NULL;
  folded = g_utf8_casefold (path, -1);
  return strstr (folded, search) != NULL;
}

static void
find (ShoalFileModel *self)
{
  guint n = self->list != NULL ? shoal_file_list_get_n_files (self->list) : 0;

  g_clear_pointer (&self->found, g_array_unref);
  if (*self->search == '\0')
    return;

  self->found = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < n; i++)
    {
      ShoalListedFile file;

      shoal_file_list_get (self->list, i, &file);
      if (matches (file.path, self->search))
        g_array_append_val (self->found, i);
    }
}

/* The same files, as far as this can be told: then they keep their indices. */
static gboolean
same_files (ShoalFileList *one, ShoalFileList *other)
{
  return one != NULL && other != NULL
         && shoal_file_list_get_n_files (one) == shoal_file_list_get_n_files (other)
         && g_strcmp0 (shoal_file_list_get_name (one), shoal_file_list_get_name (other)) == 0;
}

void
shoal_file_model_set_list (ShoalFileModel *self, ShoalFileList *list)
{
  guint before = get_n_items (G_LIST_MODEL (self));
  gboolean same = same_files (self->list, list);
  ShoalFileList *old = self->list;

  g_return_if_fail (SHOAL_IS_FILE_MODEL (self));

  self->list = list != NULL ? shoal_file_list_ref (list) : NULL;
  if (same)
    {
      GHashTableIter iter;
      gpointer item;

      g_hash_table_iter_init (&iter, self->live);
      while (g_hash_table_iter_next (&iter, NULL, &item))
        update_item (item, list);
    }
  else
    {
      forget_items (self);
      find (self);
      g_list_model_items_changed (G_LIST_MODEL (self), 0, before,
                                  get_n_items (G_LIST_MODEL (self)));
    }
  g_clear_pointer (&old, shoal_file_list_unref);
}

void
shoal_file_model_set_search (ShoalFileModel *self, const char *text)
{
  guint before = get_n_items (G_LIST_MODEL (self));
  g_autofree char *folded = NULL;

  g_return_if_fail (SHOAL_IS_FILE_MODEL (self) && text != NULL);

  folded = g_utf8_casefold (text, -1);
  if (g_str_equal (folded, self->search))
    return;

  g_free (self->search);
  self->search = g_steal_pointer (&folded);
  find (self);
  g_list_model_items_changed (G_LIST_MODEL (self), 0, before, get_n_items (G_LIST_MODEL (self)));
}

guint
shoal_file_model_count_live (ShoalFileModel *self)
{
  g_return_val_if_fail (SHOAL_IS_FILE_MODEL (self), 0);

  return g_hash_table_size (self->live);
}
