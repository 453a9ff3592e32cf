#include <string.h>

#include "app/author/twee_parts.h"

enum { COMMENT_BYTES_MAX = 400 };

/* Harlowe's macros by name: "(set: ...)". Only these, because "(note: ..." may well be prose. */
static const char *const harlowe_macros[] = {
    "a",
    "after",
    "alert",
    "align",
    "append",
    "array",
    "background",
    "bg",
    "border",
    "box",
    "button",
    "change",
    "checkbox",
    "click",
    "click-append",
    "click-goto",
    "click-prepend",
    "click-replace",
    "click-rerun",
    "color",
    "colour",
    "columns",
    "cond",
    "confirm",
    "css",
    "cycling-link",
    "datamap",
    "dataset",
    "debug",
    "dialog",
    "display",
    "dm",
    "dropdown",
    "ds",
    "either",
    "else",
    "else-if",
    "elseif",
    "enchant",
    "event",
    "first-time",
    "font",
    "for",
    "forget-undos",
    "go-to",
    "goto",
    "gradient",
    "hidden",
    "hide",
    "history",
    "hook",
    "hover",
    "icon-undo",
    "if",
    "input",
    "input-box",
    "interlaced",
    "link",
    "link-fullscreen",
    "link-goto",
    "link-repeat",
    "link-replace",
    "link-rerun",
    "link-reveal",
    "link-reveal-goto",
    "link-show",
    "link-storylet",
    "link-undo",
    "live",
    "load-game",
    "loop",
    "macro",
    "meter",
    "mouseout",
    "mouseover",
    "move",
    "num",
    "open-storylets",
    "output",
    "prepend",
    "print",
    "prompt",
    "put",
    "random",
    "redirect",
    "replace",
    "replace-with",
    "rerun",
    "restart",
    "reload",
    "save-game",
    "saved-games",
    "seq-link",
    "sequence-link",
    "set",
    "show",
    "shuffled",
    "stop",
    "storylet",
    "str",
    "t8n",
    "t8n-time",
    "text-color",
    "text-colour",
    "text-rotate",
    "text-size",
    "text-style",
    "textstyle",
    "transition",
    "transition-time",
    "undo",
    "unless",
    "unpack",
    "verbatim",
    "visits",
};

/* The first word of Chapbook's modifiers: a line [JavaScript], [if x], [after 1 second]. */
static const char *const chapbook_modifiers[] = {
    "after", "align", "append", "cont",     "cont'd",  "continue",   "continued",
    "css",   "else",  "if",     "ifalways", "ifnever", "javascript", "n.b.",
    "note",  "nb",    "fixme",  "todo",     "unless",
};

static struct slice behind(struct slice s, size_t len)
{
    return slice_make(s.at + len, s.len - len);
}

static bool is_letter(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_one_of(struct slice word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_eq_nocase(word, slice_str(list[i])))
            return true;
    }
    return false;
}

/* The bytes up to and with `end`, on whatever line; only the mark itself when it never comes. */
static size_t up_to(struct slice s, const char *end, size_t mark_len)
{
    const size_t len = strlen(end);
    const uint8_t *found =
        s.len > mark_len ? memmem(s.at + mark_len, s.len - mark_len, end, len) : NULL;
    return found ? (size_t)(found - s.at) + len : mark_len;
}

/* The name behind the first `skip` bytes: letters and the bytes of `more`. */
static struct slice name_behind(struct slice s, size_t skip, const char *more)
{
    size_t end = skip;
    while (end < s.len && s.at[end] != '\0' && (is_letter(s.at[end]) || strchr(more, s.at[end])))
        end++;
    return slice_make(s.at + skip, end - skip);
}

/* What begins here and reaches how far; 0 and no finding when it is ordinary. */
static size_t read_angle(struct twee_reading *r, struct slice s, uint32_t offset)
{
    const uint8_t second = s.len > 1 ? s.at[1] : '\0';
    const uint8_t third = s.len > 2 ? s.at[2] : '\0';
    if (second == '%') {
        twee_mistake(r, offset,
                     "<%% is a script of Snowman; it is never run. Rules go into the front block");
        return up_to(s, "%>", 2);
    }
    if (second == '<' && (is_letter(third) || (third != '\0' && strchr("/=-_$", third)))) {
        const struct slice name = name_behind(s, 2, "/=-_$");
        twee_mistake(r, offset,
                     "<<%s>> is a macro of SugarCube; it is never run. Rules go into the front "
                     "block; for the marks themselves write \\<\\<",
                     twee_shown(r->arena, name));
        return up_to(s, ">>", 2);
    }
    if (!is_letter(second) && (second == '\0' || !strchr("/!?", second)))
        return 0;
    const struct slice name = name_behind(s, 1, "/!-");
    twee_mistake(r, offset, "<%s is HTML; write Markdown, and \\< for the character itself",
                 twee_shown(r->arena, name));
    if (slice_eq_nocase(name, SLICE("script")))
        return up_to(s, "</script>", 1);
    if (slice_eq_nocase(name, SLICE("style")))
        return up_to(s, "</style>", 1);
    return slice_starts(s, SLICE("<!--")) ? up_to(s, "-->", 4) : up_to(s, ">", 1);
}

/* To the closing parenthesis of a macro, nested ones counted. */
static size_t macro_len(struct slice s)
{
    size_t depth = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == '(')
            depth++;
        else if (s.at[i] == ')' && --depth == 0)
            return i + 1;
    }
    return 1;
}

static size_t read_parenthesis(struct twee_reading *r, struct slice s, uint32_t offset)
{
    const struct slice name = name_behind(s, 1, "-0123456789");
    const size_t colon = 1 + name.len;
    if (colon >= s.len || s.at[colon] != ':' ||
        !is_one_of(name, harlowe_macros, COUNT_OF(harlowe_macros)))
        return 0;
    twee_mistake(r, offset,
                 "(%s: is a macro of Harlowe; it is never run. Rules go into the front block; for "
                 "the character itself write \\(",
                 twee_shown(r->arena, name));
    return macro_len(s);
}

/* |name> before a hook, or <name| behind it. */
static bool is_hook_name(struct slice s, size_t skip, char last, size_t *ret_len)
{
    const struct slice name = name_behind(s, skip, "_-0123456789");
    *ret_len = skip + name.len + 1;
    return name.len > 0 && skip + name.len < s.len && s.at[skip + name.len] == (uint8_t)last;
}

static size_t read_bracket(struct twee_reading *r, struct slice s, uint32_t offset)
{
    size_t len;
    if (s.at[0] == ']' && slice_starts(behind(s, 1), SLICE("<")) && is_hook_name(s, 2, '|', &len)) {
        twee_mistake(r, offset, "a hook of Harlowe ends here; there are none in this format");
        return len;
    }
    if (s.at[0] == '|' && is_hook_name(s, 1, '>', &len) &&
        slice_starts(behind(s, len), SLICE("["))) {
        twee_mistake(r, offset, "a hook of Harlowe begins here; there are none in this format");
        return len + 1;
    }
    const bool image = s.len > 5 && s.at[0] == '[' &&
                       (slice_eq_nocase(slice_make(s.at, 5), SLICE("[img[")) ||
                        slice_eq_nocase(slice_make(s.at, 6), SLICE("[<img[")) ||
                        slice_eq_nocase(slice_make(s.at, 6), SLICE("[>img[")));
    if (!image)
        return 0;
    twee_mistake(r, offset, "an image of SugarCube; images are not allowed");
    return up_to(s, "]]", 5);
}

/* A slash and a star may well be prose: only what is closed not far away is a comment. */
static size_t read_comment(struct twee_reading *r, struct slice s, uint32_t offset)
{
    if (!slice_starts(s, SLICE("/%")) && !slice_starts(s, SLICE("/*")))
        return 0;
    const struct slice near =
        slice_make(s.at, s.len < COMMENT_BYTES_MAX ? s.len : COMMENT_BYTES_MAX);
    const size_t len = up_to(near, s.at[1] == '%' ? "%/" : "*/", 2);
    if (len == 2)
        return 0;
    twee_mistake(r, offset, "a comment of SugarCube, which players would read; take it out");
    return len;
}

/* Two apostrophes or slashes on both sides are bold or italic in SugarCube and Harlowe: players would
 * read them. */
static void warn_of_style(struct twee_reading *r, struct slice text, size_t at)
{
    const uint8_t mark = text.at[at];
    if (at + 1 == text.len || text.at[at + 1] != mark)
        return;
    const struct slice rest = behind(text, at);
    const size_t end = slice_find(rest, '\n');
    const struct slice line = slice_make(rest.at, end == SIZE_MAX ? rest.len : end);
    const char both[] = {(char)mark, (char)mark, '\0'};
    const bool address = at > 0 && text.at[at - 1] == ':';
    if (address || line.len < 5 || line.at[2] == ' ' || line.at[2] == mark ||
        up_to(line, both, 2) == 2)
        return;
    twee_warning(r, twee_offset(r->twee, line), "players will read the %s; Markdown has %s", both,
                 mark == '/' ? "*text*" : "**text**");
}

size_t foreign_read(struct twee_reading *r, struct slice text, size_t at)
{
    /* Nothing would be noted, and looking for each end has its price. */
    if (r->full)
        return 0;
    const struct slice s = behind(text, at);
    const uint32_t offset = twee_offset(r->twee, s);
    switch (s.at[0]) {
    case '<': return read_angle(r, s, offset);
    case '(': return read_parenthesis(r, s, offset);
    case '[':
    case ']':
    case '|': return read_bracket(r, s, offset);
    case '{':
        twee_mistake(r, offset,
                     "{ begins an insert of Chapbook or closes up spaces in Harlowe; for the "
                     "character itself write \\{");
        return 1;
    case '$': {
        const struct slice name = name_behind(s, 1, "_0123456789");
        if (name.len == 0 || (name.at[0] >= '0' && name.at[0] <= '9'))
            return 0;
        twee_mistake(r, offset,
                     "$%s is a variable of another format; players see their character sheet "
                     "beside the text. For the character itself write \\$",
                     twee_shown(r->arena, name));
        return 1 + name.len;
    }
    case '@':
        if (!slice_starts(s, SLICE("@@")))
            return 0;
        twee_mistake(r, offset,
                     "@@ is a style of SugarCube; write Markdown, and \\@ for the "
                     "character itself");
        return up_to(s, "@@", 2);
    case '/':
    case '\'': warn_of_style(r, text, at); return read_comment(r, s, offset);
    default: return 0;
    }
}

/* "gold: 3" or "gold (visits > 1): 3" */
static bool is_variable(struct slice line)
{
    const size_t colon = slice_find(line, ':');
    const struct slice name = name_behind(line, 0, "_$.0123456789");
    if (colon == SIZE_MAX || name.len == 0)
        return false;
    const struct slice rest = slice_trim(slice_make(line.at + name.len, colon - name.len));
    return rest.len == 0 || (rest.at[0] == '(' && rest.at[rest.len - 1] == ')');
}

bool foreign_variables(struct twee_reading *r, struct slice text)
{
    struct slice line;
    bool found = false;
    while (slice_split(&text, '\n', &line)) {
        line = slice_trim(line);
        if (slice_eq(line, SLICE("--")) && found) {
            twee_mistake(
                r, twee_offset(r->twee, line),
                "the lines above -- are variables of Chapbook; what the hero has goes into "
                "StoryCasys");
            return true;
        }
        if (line.len > 0 && !is_variable(line))
            return false;
        found = found || line.len > 0;
    }
    return false;
}

bool foreign_line(struct twee_reading *r, struct slice line)
{
    const struct slice s = slice_trim(line);
    if (s.len < 3 || s.at[0] != '[' || s.at[1] == '[' || s.at[s.len - 1] != ']')
        return false;
    size_t end = 1;
    while (end < s.len - 1 && s.at[end] != ' ')
        end++;
    const struct slice word = slice_make(s.at + 1, end - 1);
    if (!is_one_of(word, chapbook_modifiers, COUNT_OF(chapbook_modifiers)))
        return false;
    twee_mistake(
        r, twee_offset(r->twee, s),
        "%s is a modifier of Chapbook; it is never run. For the character itself write \\[",
        twee_shown(r->arena, s));
    return true;
}
