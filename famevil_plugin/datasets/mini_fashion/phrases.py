"""A copywriter's words for each attribute, as tables.

Every entry lists wordings, the usual one first. Fields in braces are words
of the garment; a capital initial in the name capitalises the word.
"""

Wordings = tuple[str, ...]

#: (attribute, value) -> sentences. Values that go unsaid are not listed.
SENTENCES: dict[tuple[str, str], Wordings] = {
    ('neck', 'crewneck'): (
        'Crewneck collar.', 'Ribbed crewneck collar.', 'Round neckline.'),
    ('neck', 'v-neck'): (
        'V-neck collar.', 'Ribbed V-neck collar.', 'V-neckline.'),
    ('neck', 'deep v-neck'): (
        'V-neck collar.', 'Deep V-neck collar.', 'Plunging V-neckline.'),
    ('neck', 'scoop neck'): ('Scoopneck collar.', 'Low scoop neckline.'),
    ('neck', 'boat neck'): ('Boat neck collar.', 'Wide boat neckline.'),
    ('neck', 'square neck'): ('Square neckline.', 'Squared-off neckline.'),
    ('neck', 'sweetheart'): ('Sweetheart neckline.', 'Curved bodice.'),
    ('neck', 'turtleneck'): (
        'Rib knit turtleneck collar.', 'Turtleneck collar.',
        'Fold-over turtleneck.'),
    ('neck', 'polo'): (
        'Spread collar with two-button placket.',
        'Two-button placket at front.', 'Polo collar. Button placket.'),
    ('neck', 'spread collar'): (
        'Spread collar.', 'Classic spread collar.', 'Pointed collar.'),
    ('neck', 'band collar'): ('Band collar.', 'Stand-up band collar.'),
    ('neck', 'bow'): (
        'Self-tie bow at collar.', 'Pussy bow at neck.'),
    ('neck', 'hood'): (
        'Drawstring at hood.', 'Hood with drawstring.', 'Lined hood.'),
    ('neck', 'fur hood'): (
        'Fur trim at hood.', 'Hood with tan fur trim.',
        'Detachable fur trim at hood.'),
    ('neck', 'notched lapel'): (
        'Notched lapel collar.', 'Notched lapels.', 'Notch lapel.'),
    ('neck', 'rib collar'): (
        'Rib knit stand collar.', 'Rib knit collar.'),
    ('neck', 'stand collar'): ('Stand collar.', 'Funnel neck collar.'),
    ('pattern', 'stripes'): (
        '{Second} horizontal stripes throughout.',
        'Horizontal stripes throughout in {second}.',
        'Striped in {second}.'),
    ('pattern', 'pinstripes'): (
        '{Second} vertical stripes throughout.',
        'Pinstripes throughout in {second}.',
        'Vertically striped in {second}.'),
    ('pattern', 'check'): (
        'Check pattern in {second} throughout.',
        '{Second} plaid throughout.', 'Checked in {second}.'),
    ('pattern', 'dots'): (
        '{Second} polka dots throughout.',
        'Polka dot print in {second} throughout.',
        'Printed with {second} dots.'),
    ('pattern', 'floral'): (
        'Floral print in {second} throughout.',
        '{Second} floral pattern throughout.',
        'Printed with {second} flowers.'),
    ('pattern', 'leopard'): (
        'Leopard print in {second} throughout.',
        '{Second} leopard pattern throughout.',
        'Leopard spots in {second}.'),
    ('pattern', 'camouflage'): (
        'Camouflage print in {second} throughout.',
        '{Second} camouflage pattern throughout.',
        'Camo print in {second}.'),
    ('pattern', 'colour-block'): (
        'Colour-blocked in {second}.',
        'Lower panel in {second}.',
        'Colour-blocked construction in {colour} and {second}.'),
    ('closure', 'buttons'): (
        'Button closure at front.', 'Front button closure.',
        'Buttons at front.'),
    ('closure', 'double-breasted'): (
        'Double-breasted button closure.',
        'Double-breasted front.'),
    ('closure', 'zip'): (
        'Zip closure at front.', 'Two-way zip closure.',
        'Exposed zip at front.'),
    ('closure', 'belt'): (
        'Self-tie belt at waist.', 'Tie belt at waistband.'),
    ('closure', 'zip-fly'): ('Zip-fly.', 'Button and zip fly.'),
    ('closure', 'button-fly'): ('Button-fly.', 'Exposed button-fly.'),
    ('closure', 'drawstring'): (
        'Drawstring at elasticized waistband.', 'Drawstring at waist.'),
    ('closure', 'elastic'): (
        'Elasticized waistband.', 'Elastic waist.'),
    ('closure', 'lace-up'): (
        'Lace-up closure.', 'Lace-up front.', 'Laced front.'),
    ('closure', 'strap'): (
        'Velcro straps at vamp.', 'Two straps at vamp.'),
    ('closure', 'ankle strap'): (
        'Ankle strap with pin-buckle fastening.', 'Strap at ankle.'),
    ('closure', 'buckle'): (
        'Buckled strap at ankle.', 'Strap with silver-tone buckle.'),
    ('closure', 'penny strap'): (
        'Penny strap at vamp.', 'Saddle strap at vamp.'),
    ('closure', 'tassel'): ('Tassel at vamp.', 'Tasselled vamp.'),
    ('closure', 'horsebit'): (
        'Horsebit hardware at vamp.', 'Silver-tone horsebit at vamp.'),
    ('closure', 'flap'): (
        'Flap with two buckled straps.', 'Foldover flap with straps.'),
    ('closure', 'clasp'): (
        'Clasp fastening at flap.', 'Silver-tone clasp at front.'),
    ('closure', 'pin-buckle'): (
        'Pin-buckle fastening.', 'Silver-tone pin buckle.'),
    ('closure', 'double ring'): (
        'Double ring fastening.', 'D-ring fastening.'),
    ('closure', 'plaque'): (
        'Polished plaque buckle.', 'Plate buckle in silver-tone.'),
    ('pocket', 'chest'): (
        'Patch pocket at chest.', 'Breast pocket.'),
    ('pocket', 'two chest'): (
        'Patch pockets at chest.', 'Twin breast pockets.'),
    ('pocket', 'kangaroo'): (
        'Kangaroo pocket at waist.', 'Pouch pocket at front.'),
    ('pocket', 'patch'): (
        'Patch pockets at front.', 'Front patch pocket detailing.'),
    ('pocket', 'flap'): (
        'Flap pockets at waist.', 'Flap pockets at front.'),
    ('pocket', 'four flap'): (
        'Four flap pockets at body.', 'Flap pockets at chest and waist.'),
    ('pocket', 'welt'): ('Welt pockets at waist.', 'Slanted welt pockets.'),
    ('pocket', 'zip'): (
        'Zippered pocket at face.', 'Zip pocket at front.'),
    ('pocket', 'two patch'): (
        'Two pockets at face.', 'Twin patch pockets at front.'),
    ('cuffs', 'bell'): ('Bell sleeves.', 'Flared cuffs.'),
    ('cuffs', 'puff'): ('Puff sleeves.', 'Gathered balloon sleeves.'),
    ('cuffs', 'barrel'): ('Single-button barrel cuffs.', 'Barrel cuffs.'),
    ('cuffs', 'ribbed'): (
        'Rib knit cuffs and hem.', 'Ribbed cuffs and hem.',
        'Ribbing at cuffs and hem.'),
    ('hem', 'curved'): ('Shirttail hem.', 'Curved hem.'),
    ('hem', 'ruffled'): ('Ruffled hem.', 'Ruffle trim at hem.'),
    ('hem', 'rolled'): ('Rolled hem.', 'Turned-up hem.'),
    ('hem', 'slit'): ('Slit at hem.', 'Vent at front hem.'),
    ('hem', 'fringed'): ('Fringed edges.', 'Fringe at hem.'),
    ('hem', 'folded'): ('Folded brim.', 'Turn-up rib knit brim.'),
    ('hem', 'pointed'): ('Pointed toe.', 'Sharp pointed toe.'),
    ('hem', 'peep'): ('Peep toe.', 'Open toe.'),
    ('hem', 'crossover'): ('Crossover straps.', 'Crossed straps at vamp.'),
    ('hem', 'two strap'): ('Two straps at vamp.', 'Double strap vamp.'),
    ('length', 'cropped'): ('Cropped fit.', 'Cropped length.'),
    ('length', 'thigh'): ('Thigh-length.', 'Falls to thigh.'),
    ('length', 'knee'): ('Knee-length.', 'Falls to knee.'),
    ('length', 'mini'): ('Mini length.', 'Falls above knee.'),
    ('length', 'midi'): ('Midi length.', 'Falls to mid-calf.'),
    ('length', 'maxi'): ('Floor length.', 'Maxi length.'),
    ('length', 'chain'): ('Chain strap.', 'Silver-tone chain strap.'),
    ('length', 'wristlet'): ('Wrist strap.', 'Wristlet strap at side.'),
    ('fit', 'regular'): ('Regular fit.', 'Classic fit.'),
    ('fit', 'straight'): ('Straight silhouette.', 'Straight cut.'),
    ('fit', 'wide'): ('Wide body.', 'Rectangular body.'),
    ('fit', 'tall'): ('Tall body.', 'Narrow upright body.'),
    ('fit', 'slim'): ('Slim fit.', 'Slim cut.'),
    ('fit', 'loose'): ('Relaxed fit.', 'Loose fit.', 'Oversized fit.'),
    ('fit', 'a-line'): ('A-line silhouette.', 'Flared skirt.'),
    ('fit', 'fitted'): ('Fitted waist.', 'Fitted silhouette.'),
    ('fit', 'pleated'): ('Pleated throughout.', 'Knife pleats throughout.'),
    ('fit', 'knotted'): ('Shown knotted.', 'Long tails.'),
    ('fit', 'curved'): ('Curved brim.', 'Curved peak.'),
    ('fit', 'flat'): ('Flat brim.', 'Flat peak.'),
    ('detail', 'faded'): ('Fading throughout.', 'Fading at front.'),
    ('detail', 'ripped'): (
        'Distressing at front.', 'Ripped detailing at legs.'),
    ('detail', 'creased'): ('Central creases.', 'Pressed creases.'),
    ('detail', 'pleated'): ('Pleats at waist.', 'Pleated front.'),
    ('detail', 'block heel'): ('Block heel.', 'Chunky block heel.'),
    ('detail', 'stiletto heel'): ('Stiletto heel.', 'Slim stiletto heel.'),
    ('detail', 'platform'): ('Platform sole.', 'Stacked platform sole.'),
    ('detail', 'pompom'): ('Pompom at crown.', 'Fluffy pompom at crown.'),
    ('trim', 'neck and cuffs'): (
        'Contrast trim in {second} at collar and cuffs.',
        '{Second} trim at neck and cuffs.'),
    ('trim', 'placket'): (
        '{Second} trim at placket.', 'Placket in {second}.'),
    ('trim', 'drawstring'): (
        'Drawstring in {second}.', '{Second} drawstring.'),
    ('trim', 'waist'): (
        '{Second} belt at waist.', 'Contrast waistband in {second}.'),
    ('trim', 'zip'): ('Zip in {second}.', 'Contrast {second} zip.'),
    ('trim', 'stitching'): (
        'Contrast stitching in {second}.', '{Second} stitching.'),
    ('trim', 'side stripe'): (
        'Stripes in {second} at sides.', '{Second} trim at sides.'),
    ('trim', 'waistband'): (
        'Waistband in {second}.', 'Contrast {second} waistband.'),
    ('trim', 'sole'): ('{Second} sole.', 'Rubber sole in {second}.'),
    ('trim', 'sole and toe cap'): (
        '{Second} sole and toe cap.', 'Toe cap and sole in {second}.'),
    ('trim', 'handles'): (
        '{Second} handles.', 'Contrast handles in {second}.'),
    ('trim', 'pocket'): ('Pocket in {second}.', 'Contrast {second} pocket.'),
    ('trim', 'straps'): (
        'Shoulder straps in {second}.', 'Contrast {second} straps.'),
    ('trim', 'flap'): ('Flap in {second}.', 'Contrast {second} flap.'),
    ('trim', 'brim'): ('Brim in {second}.', 'Contrast {second} brim.'),
    ('trim', 'button'): (
        '{Second} button at crown.', 'Button in {second} at crown.'),
    ('trim', 'heel and toe'): (
        'Heel and toe in {second}.', '{Second} heel and toe.'),
    ('trim', 'cuff'): ('Cuff in {second}.', 'Contrast {second} cuffs.'),
}

#: Shape of the opening sentence by family of outlines.
OPENINGS: dict[str, Wordings] = {
    'upper': ('{Sleeves} {fabric} {noun} in {colour}.',
              '{Sleeves} {noun} in {colour} {fabric}.',
              '{Fabric} {noun} in {colour}.'),
    'trousers': ('{Fit} {fabric} {noun} in {colour}.',
                 '{Fabric} {noun} in {colour}.',
                 '{Fit} {noun} in {colour} {fabric}.'),
    'skirt': ('{Fabric} {noun} in {colour}.',
              '{Fit} {fabric} {noun} in {colour}.'),
    'shoe': ('{Length} {fabric} {noun} in {colour}.',
             '{Fabric} {noun} in {colour}.',
             '{Length} {noun} in {colour} {fabric}.'),
    'other': ('{Fabric} {noun} in {colour}.',
              '{Colour} {fabric} {noun}.'),
}

#: What a sleeve, a leg or a shaft is called in the opening.
OPENING_WORDS: dict[str, str] = {
    'none': 'sleeveless', 'straps': 'sleeveless', 'short': 'short sleeve',
    'three-quarter': 'three-quarter sleeve', 'long': 'long sleeve',
    'skinny': 'skinny-fit', 'slim': 'slim-fit', 'straight': 'straight-leg',
    'wide-leg': 'wide-leg', 'flared': 'flared', 'ankle': 'ankle-high',
    'mid-calf': 'mid-calf', 'knee-high': 'knee-high', 'low-top': 'low-top',
    'high-top': 'high-top', 'a-line': 'a-line', 'pleated': 'pleated',
}

#: Facts that no picture shows, by family; they belong to the genre.
CLOSINGS: dict[str, Wordings] = {
    'upper': ('Tonal stitching.', 'Fully lined.', 'Unlined.',
              'Logo patch at interior.', 'Tonal hardware.',
              'Dropped shoulders.', 'Vent at back hem.'),
    'trousers': ('Tonal stitching.', 'Five-pocket styling.',
                 'Mid-rise.', 'High-rise.', 'Logo patch at back waistband.',
                 'Welt pockets at back.', 'Unlined.'),
    'skirt': ('Tonal stitching.', 'Fully lined.', 'High-rise.',
              'Concealed zip closure at side.', 'Unlined.'),
    'shoe': ('Tonal stitching.', 'Leather lining.', 'Round toe.',
             'Logo printed at footbed.', 'Padded insole.',
             'Treaded rubber sole.'),
    'other': ('Tonal stitching.', 'Silver-tone hardware.',
              'Logo embossed at interior.', 'Fully lined.',
              'Approx. 9" width.', 'Unlined.'),
}

#: Closings that would contradict what is drawn.
CONTRADICTIONS: dict[tuple[str, str], str] = {
    ('trim', 'stitching'): 'Tonal stitching.',
    ('closure', 'elastic'): 'Five-pocket styling.',
    ('closure', 'drawstring'): 'Five-pocket styling.',
    ('closure', 'zip'): 'Concealed zip closure at side.',
    ('hem', 'pointed'): 'Round toe.',
    ('hem', 'peep'): 'Round toe.',
}

#: Adjectives of the title.
TITLE_WORDS: dict[str, Wordings] = {
    'stripes': ('Striped', 'Stripe'), 'pinstripes': ('Pinstriped',),
    'check': ('Check', 'Plaid'), 'dots': ('Polka Dot', 'Dotted'),
    'floral': ('Floral', 'Flower Print'), 'leopard': ('Leopard',),
    'camouflage': ('Camo', 'Camouflage'),
    'colour-block': ('Colour-Blocked', 'Panelled'),
    'rib': ('Ribbed', 'Rib Knit'), 'cable': ('Cable Knit',),
    'denim': ('Denim',), 'leather': ('Leather',), 'quilt': ('Quilted',),
    'crewneck': ('Crewneck',), 'v-neck': ('V-Neck',),
    'scoop neck': ('Scoopneck',), 'square neck': ('Square Neck',),
    'boat neck': ('Boat Neck',), 'bow': ('Bow',),
    'double-breasted': ('Double-Breasted',), 'belt': ('Belted',),
    'fur hood': ('Fur-Trimmed',), 'cropped': ('Cropped',),
    'mini': ('Mini',), 'midi': ('Midi',), 'maxi': ('Maxi', 'Long'),
    'skinny': ('Skinny',), 'wide-leg': ('Wide-Leg',), 'flared': ('Flared',),
    'pleated': ('Pleated',), 'ripped': ('Ripped',), 'faded': ('Faded',),
    'high-top': ('High-Top',), 'low-top': ('Low-Top',),
    'knee-high': ('Knee-High',), 'platform': ('Platform',),
    'tassel': ('Tassel',), 'horsebit': ('Horsebit',),
    'lace-up': ('Lace-Up',), 'zip': ('Zip',), 'envelope': ('Envelope',),
    'pompom': ('Pompom',), 'fringed': ('Fringed',),
    'ruffled': ('Ruffled',),
}
