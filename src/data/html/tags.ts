/** What HTML's elements are, as the HTML standard's parsing and rendering chapters have it. */

export const voidTags: ReadonlySet<string> = words(
  'area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr',
);

/** Start tags that end an open paragraph (§13.2.6.4.7). */
export const closesParagraph: ReadonlySet<string> = words(
  `address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form h1 h2 h3 h4
   h5 h6 header hgroup hr li dd dt main menu nav ol p pre listing search section summary table ul`,
);

/** Where a search for an open element stops (§13.2.4.2, "has an element in scope"). */
export const scopeTags: ReadonlySet<string> = words('applet caption html table td th marquee object template #root');

/** Elements whose end tag may cross others, as people write `<b><i>x</b></i>`. */
export const formattingTags: ReadonlySet<string> = words('b big code em font i nobr s small strike strong tt u span');

/** Elements that may stand in a head; any other start tag ends it. */
export const headTags: ReadonlySet<string> = words(
  'base basefont bgsound link meta title noscript noframes style script template head',
);

/** Elements that begin on a line of their own. */
export const blockTags: ReadonlySet<string> = words(
  `#root html body address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption figure
   footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr legend li listing main menu nav ol optgroup option p plaintext
   pre search section summary table tbody td tfoot th thead tr ul xmp caption`,
);

/** Elements whose text nobody reads on the page. */
export const unseenTags: ReadonlySet<string> = words(
  `script style template noscript noframes noembed iframe object applet audio video canvas svg head title datalist
   rp area map textarea annotation annotation-xml`,
);

export const headingTags: ReadonlySet<string> = words('h1 h2 h3 h4 h5 h6');

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(/\s+/));
}
