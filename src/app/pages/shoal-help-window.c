/* shoal-help-window.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-help-window.h"

#include <glib/gi18n.h>
#include <string.h>

/**
 * ShoalHelpWindow:
 *
 * Shows the contents, and above them pages of the guide: docs/guide, of which
 * the build makes templates (docs/guide-pages.py). Links lead to other pages;
 * each of them can be left again the way one came.
 *
 * help.page (s: as shoal_help_window_show() takes it), help.back, help.trouble,
 * help.shortcuts.
 */

struct _ShoalHelpWindow
{
  AdwWindow    parent_instance;

  GPtrArray   *way;     /* (owned) of GtkWidget (unowned): pages above the contents */
  GtkWidget   *leaving; /* (unowned) (nullable): still in sight while the other one comes */

  GtkStack    *stack;
  GtkWidget   *contents_page;
  AdwBin      *contents_bin;
};

G_DEFINE_FINAL_TYPE (ShoalHelpWindow, shoal_help_window, ADW_TYPE_WINDOW)

/* Links between pages, as the build writes them. */
#define SCHEME "guide:"

/* --- Going to a section -------------------------------------------------- */

typedef struct
{
  GtkScrolledWindow *scrolled; /* (owned) */
  GtkWidget         *section;  /* (owned) */
} Going;

static void
going_free (gpointer data)
{
  Going *going = data;

  g_object_unref (going->scrolled);
  g_object_unref (going->section);
  g_free (going);
}

/* Once it is known where the section lies. */
static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  Going *going = user_data;
  GtkWidget *page = gtk_widget_get_ancestor (going->section, ADW_TYPE_CLAMP);
  graphene_point_t at;

  if (gtk_widget_get_height (going->section) == 0)
    return G_SOURCE_CONTINUE;
  if (gtk_widget_compute_point (going->section, page, &GRAPHENE_POINT_INIT_ZERO, &at))
    gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (going->scrolled), at.y);
  gtk_widget_grab_focus (going->section);
  return G_SOURCE_REMOVE;
}

static void
go_to (GtkScrolledWindow *scrolled, GtkBuilder *builder, const char *name)
{
  GObject *section = name != NULL ? gtk_builder_get_object (builder, name) : NULL;
  Going *going;

  if (!GTK_IS_WIDGET (section))
    {
      gtk_widget_child_focus (GTK_WIDGET (scrolled), GTK_DIR_TAB_FORWARD);
      return;
    }
  going = g_new0 (Going, 1);
  going->scrolled = g_object_ref (scrolled);
  going->section = g_object_ref (GTK_WIDGET (section));
  gtk_widget_add_tick_callback (GTK_WIDGET (scrolled), on_tick, going, going_free);
}

/* --- Pages --------------------------------------------------------------- */

static gboolean
on_link (GtkLabel *label, const char *uri, gpointer user_data)
{
  GtkWidget *self = GTK_WIDGET (gtk_widget_get_root (GTK_WIDGET (label)));

  if (!g_str_has_prefix (uri, SCHEME))
    return FALSE; /* the system opens it */
  gtk_widget_activate_action (self, "help.page", "s", uri + strlen (SCHEME));
  return TRUE;
}

/* (transfer full) (nullable): with what is named in it. */
static GtkBuilder *
load_page (const char *name)
{
  g_autofree char *path = g_strconcat (SHOAL_RESOURCES, "guide/", name, ".ui", NULL);
  g_autoptr (GtkBuilder) builder = gtk_builder_new ();
  g_autoptr (GtkBuilderScope) scope = gtk_builder_cscope_new ();
  g_autoptr (GError) error = NULL;

  gtk_builder_cscope_add_callback_symbol (GTK_BUILDER_CSCOPE (scope), "on_link",
                                          G_CALLBACK (on_link));
  gtk_builder_set_scope (builder, scope);
  if (gtk_builder_add_from_resource (builder, path, &error))
    return g_steal_pointer (&builder);
  g_debug ("No page of the guide: %s", error->message);
  return NULL;
}

static GtkWidget *
scroll (GtkWidget *page)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkWidget *viewport = gtk_viewport_new (NULL, NULL);
  GtkWidget *clamp = adw_clamp_new ();

  adw_clamp_set_child (ADW_CLAMP (clamp), page);
  /* Pictures would shrink to nothing. */
  gtk_scrollable_set_vscroll_policy (GTK_SCROLLABLE (viewport), GTK_SCROLL_NATURAL);
  gtk_viewport_set_child (GTK_VIEWPORT (viewport), clamp);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), viewport);
  gtk_widget_set_vexpand (scrolled, TRUE);
  return scrolled;
}

static GtkWidget *
with_header (GtkWidget *child)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *back = gtk_button_new_from_icon_name ("go-previous-symbolic");

  gtk_widget_set_tooltip_text (back, _("Back"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (back), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Back"),
                                  -1);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (back), "help.back");
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), back);
  gtk_box_append (GTK_BOX (box), header);
  gtk_box_append (GTK_BOX (box), child);
  return box;
}

static GtkWidget *
get_page (ShoalHelpWindow *self)
{
  return self->way->len > 0 ? g_ptr_array_index (self->way, self->way->len - 1)
                            : self->contents_page;
}

static void
drop_leaving (ShoalHelpWindow *self)
{
  if (self->leaving != NULL)
    gtk_stack_remove (self->stack, self->leaving);
  self->leaving = NULL;
}

static void
go_back (ShoalHelpWindow *self)
{
  drop_leaving (self);
  self->leaving = g_ptr_array_steal_index (self->way, self->way->len - 1);
  gtk_stack_set_transition_type (self->stack, GTK_STACK_TRANSITION_TYPE_SLIDE_RIGHT);
  gtk_stack_set_visible_child (self->stack, get_page (self));
}

static void
show_contents (ShoalHelpWindow *self)
{
  while (self->way->len > 0)
    go_back (self);
}

/* "#section": of the page that is shown. */
static void
show_section (ShoalHelpWindow *self, const char *section)
{
  GtkWidget *scrolled = gtk_widget_get_last_child (get_page (self));
  GtkBuilder *builder = g_object_get_data (G_OBJECT (scrolled), "builder");

  if (builder != NULL)
    go_to (GTK_SCROLLED_WINDOW (scrolled), builder, section);
}

static void
show_page (ShoalHelpWindow *self, const char *where)
{
  g_auto (GStrv) parts = g_strsplit (where, "#", 2);
  g_autoptr (GtkBuilder) builder = NULL;
  GtkWidget *page, *scrolled;

  if (parts[0] == NULL || g_str_equal (parts[0], "contents"))
    {
      show_contents (self);
      return;
    }
  if (*parts[0] == '\0')
    {
      show_section (self, parts[1]);
      return;
    }
  if ((builder = load_page (parts[0])) == NULL)
    return;
  scrolled = scroll (GTK_WIDGET (gtk_builder_get_object (builder, "page")));
  g_object_set_data_full (G_OBJECT (scrolled), "builder", g_object_ref (builder),
                          g_object_unref);
  page = with_header (scrolled);
  drop_leaving (self);
  g_ptr_array_add (self->way, page);
  gtk_stack_add_child (self->stack, page);
  gtk_stack_set_transition_type (self->stack, GTK_STACK_TRANSITION_TYPE_SLIDE_LEFT);
  gtk_stack_set_visible_child (self->stack, page);
  go_to (GTK_SCROLLED_WINDOW (scrolled), builder, parts[1]);
}

/* --- Actions ------------------------------------------------------------- */

static void
on_page (GtkWidget *widget, const char *name, GVariant *parameter)
{
  show_page (SHOAL_HELP_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

/* From the contents it leads out. */
static void
on_back (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ShoalHelpWindow *self = SHOAL_HELP_WINDOW (widget);

  if (self->way->len == 0)
    gtk_window_close (GTK_WINDOW (self));
  else
    go_back (self);
}

/* What is done in the main window is done there. */
static void
in_parent (GtkWidget *widget, const char *action)
{
  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (widget));

  gtk_widget_activate_action (GTK_WIDGET (parent), action, NULL);
  gtk_window_close (GTK_WINDOW (widget));
}

static void
on_trouble (GtkWidget *widget, const char *name, GVariant *parameter)
{
  in_parent (widget, "win.trouble");
}

static void
on_shortcuts (GtkWidget *widget, const char *name, GVariant *parameter)
{
  in_parent (widget, "win.show-help-overlay");
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_help_window_finalize (GObject *object)
{
  g_ptr_array_unref (SHOAL_HELP_WINDOW (object)->way);
  G_OBJECT_CLASS (shoal_help_window_parent_class)->finalize (object);
}

static void
shoal_help_window_class_init (ShoalHelpWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = shoal_help_window_finalize;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               SHOAL_RESOURCES "shoal-help-window.ui");
  gtk_widget_class_bind_template_child (widget_class, ShoalHelpWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, ShoalHelpWindow, contents_page);
  gtk_widget_class_bind_template_child (widget_class, ShoalHelpWindow, contents_bin);

  gtk_widget_class_install_action (widget_class, "help.page", "s", on_page);
  gtk_widget_class_install_action (widget_class, "help.back", NULL, on_back);
  gtk_widget_class_install_action (widget_class, "help.trouble", NULL, on_trouble);
  gtk_widget_class_install_action (widget_class, "help.shortcuts", NULL, on_shortcuts);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "help.back", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Left, GDK_ALT_MASK, "help.back",
                                       NULL);
}

static void
shoal_help_window_init (ShoalHelpWindow *self)
{
  g_autoptr (GtkBuilder) builder = NULL;

  self->way = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  builder = gtk_builder_new_from_resource (SHOAL_RESOURCES "shoal-help-page.ui");
  adw_bin_set_child (self->contents_bin,
                     GTK_WIDGET (gtk_builder_get_object (builder, "help_page")));
}

static ShoalHelpWindow *
find_open (GtkWindow *parent)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWindow) window = g_list_model_get_item (windows, i);

      if (SHOAL_IS_HELP_WINDOW (window) && gtk_window_get_transient_for (window) == parent)
        return SHOAL_HELP_WINDOW (window);
    }
  return NULL;
}

void
shoal_help_window_show (ShoalWindow *parent, const char *page)
{
  ShoalHelpWindow *self;

  g_return_if_fail (SHOAL_IS_WINDOW (parent) && page != NULL);

  self = find_open (GTK_WINDOW (parent));
  if (self == NULL)
    self = g_object_new (SHOAL_TYPE_HELP_WINDOW, "transient-for", parent, NULL);
  show_page (self, page);
  gtk_window_present (GTK_WINDOW (self));
}
