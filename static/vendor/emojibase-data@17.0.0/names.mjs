// Emoji with their short names, then words that also find them: of emojibase-data 17.0.0 (MIT), en/compact.json with the
// short names of github.json and emojibase.json, in Unicode's order. One emoji per line.
export default `😀 grinning grinning_face | cheerful cheery happy laugh nice smile
😃 smiley grinning_face_with_big_eyes | awesome happy mouth open smiling teeth
😄 smile grinning_face_with_closed_eyes | happy laugh lol mouth open smiling
😁 grin beaming_face | eye eyes grinning happy nice smile
😆 laughing satisfied lol | closed eyes face grinning haha hahaha
😅 sweat_smile grinning_face_with_sweat | cold dejected excited mouth nervous open
🤣 rofl | crying face floor funny haha happy
😂 joy lmao tears_of_joy | crying face feels funny haha happy
🙂 slightly_smiling_face | happy smile
🙃 upside_down_face | hehe smile upside-down
🫠 melting_face melt | disappear dissolve embarrassed haha heat hot
😉 wink winking_face | flirt heartbreaker sexy slide tease winks
😊 blush smiling_face_with_closed_eyes | glad satisfied smile
😇 innocent halo | angel angelic angels blessed face fairy
🥰 smiling_face_with_three_hearts smiling_face_with_3_hearts | adore crush ily love romance smile
😍 heart_eyes smiling_face_with_heart_eyes | 143 bae feels heart-eyes hearts ily
🤩 star_struck | excited eyes face grinning smile starry-eyed
😘 kissing_heart blowing_a_kiss | adorbs bae face flirt ily love
😗 kissing kissing_face | 143 date dating flirt ily love
☺️ relaxed smiling_face | happy outlined smile
😚 kissing_closed_eyes kissing_face_with_closed_eyes | 143 bae blush date dating flirt
😙 kissing_smiling_eyes kissing_face_with_smiling_eyes | 143 closed date dating flirt ily
🥲 smiling_face_with_tear | glad grateful happy joy pain proud
😋 yum savoring_food | delicious eat face full hungry smile
😛 stuck_out_tongue face_with_tongue | awesome cool nice party stuck-out sweet
😜 stuck_out_tongue_winking_eye | crazy epic face funny joke loopy
🤪 zany_face zany | crazy eye eyes goofy large small
😝 stuck_out_tongue_closed_eyes | face gross horrible omg squinting stuck-out
🤑 money_mouth_face | money-mouth paid
🤗 hugs hug hugging | face hands open smiling
🤭 hand_over_mouth face_with_hand_over_mouth | giggle giggling oops realization secret shock
🫢 face_with_open_eyes_and_hand_over_mouth face_with_open_eyes_hand_over_mouth gasp | amazement awe disbelief embarrass omg quiet
🫣 face_with_peeking_eye peek | captivated embarrass hide hiding peep scared
🤫 shushing_face shush | quiet shh
🤔 thinking thinking_face wtf | chin consider hmm ponder pondering wondering
🫡 saluting_face salute | good luck ma’am ok respect sir
🤐 zipper_mouth_face zipper_mouth | keep quiet secret shut zipper-mouth
🤨 raised_eyebrow face_with_raised_eyebrow | disapproval disbelief distrust emoji hmm mild
😐️ neutral_face neutral | awkward blank deadpan expressionless fine jealous
😑 expressionless expressionless_face | awkward dead fine inexpressive jealous meh
😶 no_mouth | awkward blank expressionless face mouthless mute
🫥 dotted_line_face | depressed disappear hidden hide introvert invisible
😶‍🌫️ face_in_clouds in_clouds | absentminded fog head
😏 smirk smirking smirking_face | boss dapper flirt homie kidding leer
😒 unamused unamused_face | ... bored fine jealous jel jelly
🙄 roll_eyes rolling_eyes | eyeroll face shade ugh whatever
😬 grimacing grimacing_face | awk awkward dentist grimace grinning smile
😮‍💨 face_exhaling exhale exhaling | blow blowing exhausted gasp groan relief
🤥 lying_face lying | liar lie pinocchio
🫨 shaking_face shaking | crazy daze earthquake omg panic shock
🙂‍↔️ head_shaking_horizontally | no shake
🙂‍↕️ head_shaking_vertically | nod yes
😌 relieved relieved_face | calm peace relief zen
😔 pensive pensive_face | awful bored dejected died disappointed losing
😪 sleepy sleepy_face | crying good night sad sleeping tired
🤤 drooling_face drooling
😴 sleeping sleeping_face | bed bedtime good goodnight nap night
🫩 face_with_eye_bags | bored exhausted eyes fatigued late sleepy
😷 mask medical_mask | cold dentist dermatologist doctor dr face
🤒 face_with_thermometer | ill sick
🤕 face_with_head_bandage | head-bandage hurt injury ouch
🤢 nauseated_face nauseated | gross nasty sick vomit
🤮 vomiting_face face_vomiting vomiting | barf ew gross puke sick spew
🤧 sneezing_face sneezing | fever flu gesundheit sick sneeze
🥵 hot_face hot | dying feverish heat panting red-faced stroke
🥶 cold_face cold | blue blue-faced freezing frostbite icicles subzero
🥴 woozy_face woozy | dizzy drunk eyes intoxicated mouth tipsy
😵 dizzy_face knocked_out | crossed-out dead eyes feels sick tired
😵‍💫 face_with_spiral_eyes dizzy_eyes | confused hypnotized omg smiley trouble whoa
🤯 exploding_head | blown explode mind mindblown no shocked
🤠 cowboy_hat_face cowboy cowboy_face | cowgirl
🥳 partying_face hooray partying | bday birthday celebrate celebration excited happy
🥸 disguised_face disguised | eyebrow glasses incognito moustache mustache nose
😎 sunglasses smiling_face_with_sunglasses sunglasses_cool | awesome beach bright bro chilling rad
🤓 nerd_face nerd | brainy clever expert geek gifted glasses
🧐 monocle_face face_with_monocle | classy fancy rich stuffy wealthy
😕 confused confused_face | befuddled confusing dunno frown hm meh
🫤 face_with_diagonal_mouth | confused confusion disappointed doubt doubtful frustrated
😟 worried worried_face | anxious butterflies nerves nervous sad stress
🙁 slightly_frowning_face | sad
☹️ frowning_face white_frowning_face | sad
😮 open_mouth face_with_open_mouth | believe forgot omg shocked surprised sympathy
😯 hushed hushed_face | epic omg stunned surprised whoa woah
😲 astonished astonished_face | cost no omg shocked totally way
😳 flushed flushed_face | amazed awkward crazy dazed dead disbelief
🫪 distorted_face | anxiety bloated panic shocked surprised vulnerable
🥺 pleading_face pleading | begging big eyes mercy not please
🥹 face_holding_back_tears watery_eyes | admiration aww cry embarrassed feelings grateful
😦 frowning frowning_face | caught guard mouth open scared scary
😧 anguished anguished_face | forgot scared scary stressed surprise unhappy
😨 fearful fearful_face | afraid anxious blame scared worried
😰 cold_sweat anxious anxious_face | blue eek mouth nervous open rushed
😥 disappointed_relieved sad_relieved_face | anxious call close complicated not sweat
😢 cry crying_face | awful feels miss sad tear triste
😭 sob loudly_crying_face | bawling sad tear tears unhappy
😱 scream screaming_in_fear | epic face fearful munch scared screamer
😖 confounded confounded_face | annoyed confused cringe distraught feels frustrated
😣 persevere persevering_face | concentrate concentration focus headache
😞 disappointed disappointed_face | awful blame dejected fail losing sad
😓 sweat downcast_face | close cold feels headache nervous sad
😩 weary weary_face | crying fail feels hungry mad nooo
😫 tired_face tired | cost feels nap sad sneeze
🥱 yawning_face yawn yawning | bedtime bored goodnight nap night sleep
😤 triumph nose_steam | anger angry face feels fume fuming
😡 pout rage pouting_face | anger angry enraged feels mad maddening
😠 angry angry_face | anger blame feels frustrated mad maddening
🤬 cursing_face censored face_with_symbols_on_mouth | cussing mad pissed swearing
😈 smiling_imp | demon devil evil face fairy fairytale
👿 imp angry_imp | demon devil evil face fairy fairytale
💀 skull | body dead death face fairy fairytale
☠️ skull_and_crossbones | dead death face monster
💩 hankey poop shit | bs comic doo dung face fml
🤡 clown_face clown
👹 japanese_ogre ogre | creature devil face fairy fairytale fantasy
👺 japanese_goblin goblin | angry creature face fairy fairytale fantasy
👻 ghost | boo creature excited face fairy fairytale
👽️ alien | creature extraterrestrial face fairy fairytale fantasy
👾 space_invader alien_monster | creature extraterrestrial face fairy fairytale fantasy
🤖 robot robot_face | monster
😺 smiley_cat grinning_cat | animal face mouth open smiling
😸 smile_cat grinning_cat_with_closed_eyes | animal face smiling
😹 joy_cat tears_of_joy_cat | animal face laugh laughing lol
😻 heart_eyes_cat smiling_cat_with_heart_eyes | animal face heart-eyes love smile
😼 smirk_cat wry_smile_cat | animal face ironic
😽 kissing_cat | animal closed eye eyes face
🙀 scream_cat weary_cat | animal face oh surprised
😿 crying_cat_face crying_cat | animal sad tear
😾 pouting_cat | animal face
🙈 see_no_evil | embarrassed face forbidden forgot gesture hide
🙉 hear_no_evil | animal ears face forbidden gesture listen
🙊 speak_no_evil | animal face forbidden gesture monkey not
💌 love_letter | heart mail romance valentine
💘 cupid heart_with_arrow | 143 adorbs date emotion ily love
💝 gift_heart heart_with_ribbon | 143 anniversary emotion ily kisses valentine
💖 sparkling_heart | 143 emotion excited good ily kisses
💗 heartpulse growing_heart | 143 emotion excited ily kisses muah
💓 heartbeat beating_heart | 143 cardio emotion ily love pulsating
💞 revolving_hearts | 143 adorbs anniversary emotion
💕 two_hearts | 143 anniversary date dating emotion ily
💟 heart_decoration | 143 emotion hearth purple white
❣️ heavy_heart_exclamation heart_exclamation | mark punctuation
💔 broken_heart | break crushed emotion heartbroken lonely sad
❤️‍🔥 heart_on_fire | burn love lust sacred
❤️‍🩹 mending_heart | healthier improving recovering recuperating well
❤️ heart red_heart | emotion love
🩷 pink_heart | 143 adorable cute emotion ily like
🧡 orange_heart | 143
💛 yellow_heart | 143 cardiac emotion ily love
💚 green_heart | 143 emotion ily love romantic
💙 blue_heart | 143 emotion ily love romance
🩵 light_blue_heart | 143 cute cyan emotion ily like
💜 purple_heart | 143 bestest emotion ily love
🤎 brown_heart | 143
🖤 black_heart | evil wicked
🩶 grey_heart gray_heart | 143 emotion ily love silver slate
🤍 white_heart | 143
💋 kiss | dating emotion heart kissing lips mark
💯 100 | a+ agree clearly definitely faithful fleek
💢 anger | angry comic mad symbol upset
🫯 fight_cloud | argument brawl debate disagreement ruckus wrestle
💥 boom collision | bomb collide comic explode
💫 dizzy | comic shining shooting star stars
💦 sweat_drops | comic drip droplet droplets splashing squirt
💨 dash dashing_away | cloud comic fart fast go gone
🕳️ hole
💬 speech_balloon | bubble comic dialog message sms talk
👁️‍🗨️ eye_speech_bubble eye_in_speech_bubble | balloon witness
🗨️ left_speech_bubble | balloon dialog
🗯️ right_anger_bubble | angry balloon mad
💭 thought_balloon | bubble cartoon cloud comic daydream decisions
💤 zzz | comic good goodnight night sleep sleeping
👋 wave waving_hand | bye cya g2g greetings gtg hello
🤚 raised_back_of_hand | backhand
🖐️ raised_hand_with_fingers_splayed | stop
✋️ hand raised_hand high_five | 5 stop
🖖 vulcan_salute vulcan | finger hand hands
🫱 rightwards_hand | handshake hold reach shake
🫲 leftwards_hand | handshake hold reach shake
🫳 palm_down_hand palm_down | dismiss drop dropped pick shoo up
🫴 palm_up_hand palm_up | beckon catch come hold know lift
🫷 leftwards_pushing_hand | block five halt high hold pause
🫸 rightwards_pushing_hand | block five halt high hold pause
👌 ok_hand | awesome bet dope fleek fosho got
🤌 pinched_fingers pinch | gesture hand hold huh interrogation patience
🤏 pinching_hand | amount bit fingers little small sort
✌️ v victory | hand peace
🤞 crossed_fingers fingers_crossed | hand luck
🫰 hand_with_index_finger_and_thumb_crossed | <3 expensive heart love money snap
🤟 love_you_gesture | fingers hand ily love-you three
🤘 metal sign_of_the_horns | finger hand rock-on
🤙 call_me_hand | hang loose shaka
👈️ point_left | backhand finger hand index pointing
👉️ point_right | backhand finger hand index pointing
👆️ point_up_2 point_up | backhand finger hand index pointing
🖕 fu middle_finger | hand
👇️ point_down | backhand finger hand index pointing
☝️ point_up point_up_2 | finger hand index pointing this
🫵 index_pointing_at_the_viewer point_forward | finger hand poke you
👍️ +1 thumbsup yes | good hand like
👎️ -1 thumbsdown no | bad dislike good hand nope
✊️ fist fist_raised | clenched hand punch solidarity
👊 facepunch fist_oncoming punch | absolutely agree boom bro bruh bump
🤛 fist_left left_facing_fist | left-facing leftwards
🤜 fist_right right_facing_fist | right-facing rightwards
👏 clap clapping_hands | applause approval awesome congrats congratulations excited
🙌 raised_hands | celebration gesture hooray praise raising
🫶 heart_hands | <3 love you
👐 open_hands | hug jazz swerve
🤲 palms_up_together | cupped dua hands pray prayer wish
🤝 handshake | agreement deal meeting
🙏 pray folded_hands | appreciate ask beg blessed bow cmon
✍️ writing_hand | write
💅 nail_care nail_polish | bored cosmetics done makeup manicure whatever
🤳 selfie | camera phone
💪 muscle right_bicep | arm beast bench biceps bodybuilder bro
🦾 mechanical_arm | accessibility prosthetic
🦿 mechanical_leg | accessibility prosthetic
🦵 leg | bent foot kick knee limb
🦶 foot | ankle feet kick stomp
👂️ ear | body ears hear hearing listen listening
🦻 ear_with_hearing_aid hearing_aid | accessibility hard
👃 nose | body noses nosey odor smell smells
🧠 brain | intelligent smart
🫀 anatomical_heart | beat cardiology heartbeat organ pulse real
🫁 lungs | breath breathe exhalation inhalation organ respiration
🦷 tooth | dentist pearly teeth white
🦴 bone | bones dog skeleton wishbone
👀 eyes | body face googly look looking omg
👁️ eye | 1 body one
👅 tongue | body lick slurp
👄 lips mouth | beauty body kiss kissing lipstick
🫦 biting_lip | anxious bite fear flirt flirting kiss
👶 baby | babies children goo infant newborn pregnant
🧒 child | bright-eyed grandchild kid young younger
👦 boy | bright-eyed child grandson kid son young
👧 girl | bright-eyed child daughter granddaughter kid virgo
🧑 adult
👱 blond_haired_person blond_haired | blond-haired human
👨 man | adult bro
🧔 bearded_person person_bearded | whiskers
🧔‍♂️ man_beard man_bearded | whiskers
🧔‍♀️ woman_beard woman_bearded | whiskers
👨‍🦰 red_haired_man man_red_haired | adult bro
👨‍🦱 curly_haired_man man_curly_haired | adult bro
👨‍🦳 white_haired_man man_white_haired | adult bro
👨‍🦲 bald_man man_bald | adult bro
👩 woman | adult lady
👩‍🦰 red_haired_woman woman_red_haired | adult lady
🧑‍🦰 person_red_hair red_haired | adult
👩‍🦱 curly_haired_woman woman_curly_haired | adult lady
🧑‍🦱 person_curly_hair curly_haired | adult
👩‍🦳 white_haired_woman woman_white_haired | adult lady
🧑‍🦳 person_white_hair white_haired | adult
👩‍🦲 bald_woman woman_bald | adult lady
🧑‍🦲 person_bald bald | adult
👱‍♀️ blond_haired_woman blonde_woman woman_blond_haired | blond-haired
👱‍♂️ blond_haired_man man_blond_haired | blond-haired
🧓 older_adult | elderly grandparent person wise
👴 older_man | adult bald elderly gramps grandfather grandpa
👵 older_woman | adult elderly grandma grandmother granny lady
🙍 frowning_person person_frowning | annoyed disappointed disgruntled disturbed frustrated gesture
🙍‍♂️ frowning_man man_frowning | annoyed disappointed disgruntled disturbed frustrated gesture
🙍‍♀️ frowning_woman woman_frowning | annoyed disappointed disgruntled disturbed frustrated gesture
🙎 pouting_face person_pouting pouting | disappointed downtrodden frown grimace scowl sulk
🙎‍♂️ pouting_man man_pouting | disappointed downtrodden frown grimace scowl sulk
🙎‍♀️ pouting_woman woman_pouting | disappointed downtrodden frown grimace scowl sulk
🙅 no_good person_gesturing_no | forbidden gesture hand not prohibit
🙅‍♂️ ng_man no_good_man man_gesturing_no | forbidden gesture hand not prohibit
🙅‍♀️ ng_woman no_good_woman woman_gesturing_no | forbidden gesture hand not prohibit
🙆 ok_person all_good person_gesturing_ok | exercise gesture hand omg
🙆‍♂️ ok_man man_gesturing_ok | exercise gesture hand omg
🙆‍♀️ ok_woman woman_gesturing_ok | exercise gesture hand omg
💁 information_desk_person tipping_hand_person person_tipping_hand | fetch flick flip gossip sarcasm sarcastic
💁‍♂️ sassy_man tipping_hand_man man_tipping_hand | fetch flick flip gossip sarcasm sarcastic
💁‍♀️ sassy_woman tipping_hand_woman woman_tipping_hand | fetch flick flip gossip sarcasm sarcastic
🙋 raising_hand person_raising_hand | gesture here know me pick question
🙋‍♂️ raising_hand_man man_raising_hand | gesture here know me pick question
🙋‍♀️ raising_hand_woman woman_raising_hand | gesture here know me pick question
🧏 deaf_person | accessibility ear gesture hear
🧏‍♂️ deaf_man | accessibility ear gesture hear
🧏‍♀️ deaf_woman | accessibility ear gesture hear
🙇 bow person_bowing | apology ask beg favor forgive gesture
🙇‍♂️ bowing_man man_bowing | apology ask beg favor forgive gesture
🙇‍♀️ bowing_woman woman_bowing | apology ask beg favor forgive gesture
🤦 facepalm person_facepalming | again bewilder disbelief exasperation no not
🤦‍♂️ man_facepalming | again bewilder disbelief exasperation no not
🤦‍♀️ woman_facepalming | again bewilder disbelief exasperation no not
🤷 shrug person_shrugging | doubt dunno guess idk ignorance indifference
🤷‍♂️ man_shrugging | doubt dunno guess idk ignorance indifference
🤷‍♀️ woman_shrugging | doubt dunno guess idk ignorance indifference
🧑‍⚕️ health_worker | doctor healthcare nurse therapist
👨‍⚕️ man_health_worker | doctor healthcare nurse therapist
👩‍⚕️ woman_health_worker | doctor healthcare nurse therapist
🧑‍🎓 student | graduate
👨‍🎓 man_student | graduate
👩‍🎓 woman_student | graduate
🧑‍🏫 teacher | instructor lecturer professor
👨‍🏫 man_teacher | instructor lecturer professor
👩‍🏫 woman_teacher | instructor lecturer professor
🧑‍⚖️ judge | justice law scales
👨‍⚖️ man_judge | justice law scales
👩‍⚖️ woman_judge | justice law scales
🧑‍🌾 farmer | gardener rancher
👨‍🌾 man_farmer | gardener rancher
👩‍🌾 woman_farmer | gardener rancher
🧑‍🍳 cook | chef
👨‍🍳 man_cook | chef
👩‍🍳 woman_cook | chef
🧑‍🔧 mechanic | electrician plumber tradesperson
👨‍🔧 man_mechanic | electrician plumber tradesperson
👩‍🔧 woman_mechanic | electrician plumber tradesperson
🧑‍🏭 factory_worker | assembly industrial
👨‍🏭 man_factory_worker | assembly industrial
👩‍🏭 woman_factory_worker | assembly industrial
🧑‍💼 office_worker | architect business manager white-collar
👨‍💼 man_office_worker | architect business manager white-collar
👩‍💼 woman_office_worker | architect business manager white-collar
🧑‍🔬 scientist | biologist chemist engineer mathematician physicist
👨‍🔬 man_scientist | biologist chemist engineer mathematician physicist
👩‍🔬 woman_scientist | biologist chemist engineer mathematician physicist
🧑‍💻 technologist | coder computer developer inventor software
👨‍💻 man_technologist | coder computer developer inventor software
👩‍💻 woman_technologist | coder computer developer inventor software
🧑‍🎤 singer | actor entertainer rock rockstar star
👨‍🎤 man_singer | actor entertainer rock rockstar star
👩‍🎤 woman_singer | actor entertainer rock rockstar star
🧑‍🎨 artist | palette
👨‍🎨 man_artist | palette
👩‍🎨 woman_artist | palette
🧑‍✈️ pilot | plane
👨‍✈️ man_pilot | plane
👩‍✈️ woman_pilot | plane
🧑‍🚀 astronaut | rocket space
👨‍🚀 man_astronaut | rocket space
👩‍🚀 woman_astronaut | rocket space
🧑‍🚒 firefighter | firetruck
👨‍🚒 man_firefighter | firetruck
👩‍🚒 woman_firefighter | firetruck
👮 cop police_officer | apprehend arrest citation law over pulled
👮‍♂️ policeman man_police_officer | apprehend arrest citation cop law over
👮‍♀️ policewoman woman_police_officer | apprehend arrest citation cop law over
🕵️ detective | sleuth spy
🕵️‍♂️ male_detective man_detective | sleuth spy
🕵️‍♀️ female_detective woman_detective | sleuth spy
💂 guard | buckingham helmet london palace
💂‍♂️ guardsman man_guard | buckingham helmet london palace
💂‍♀️ guardswoman woman_guard | buckingham helmet london palace
🥷 ninja | assassin fight fighter hidden person secret
👷 construction_worker | build fix hardhat hat man person
👷‍♂️ construction_worker_man man_construction_worker | build fix hardhat hat rebuild remodel
👷‍♀️ construction_worker_woman woman_construction_worker | build fix hardhat hat rebuild remodel
🫅 person_with_crown royalty | monarch noble regal
🤴 prince | crown fairy fairytale fantasy king royal
👸 princess | crown fairy fairytale fantasy queen royal
👳 person_with_turban person_wearing_turban
👳‍♂️ man_with_turban man_wearing_turban
👳‍♀️ woman_with_turban woman_wearing_turban
👲 man_with_gua_pi_mao person_with_skullcap | chinese guapi hat
🧕 woman_with_headscarf | bandana hijab kerchief mantilla tichel
🤵 person_in_tuxedo | formal wedding
🤵‍♂️ man_in_tuxedo | formal groom wedding
🤵‍♀️ woman_in_tuxedo | formal wedding
👰 person_with_veil | wedding
👰‍♂️ man_with_veil | wedding
👰‍♀️ bride_with_veil woman_with_veil | wedding
🤰 pregnant_woman
🫃 pregnant_man | belly bloated full overeat
🫄 pregnant_person | belly bloated full overeat stuffed
🤱 breast_feeding | baby mom mother nursing woman
👩‍🍼 woman_feeding_baby | mom mother nanny newborn nursing
👨‍🍼 man_feeding_baby | dad father nanny newborn nursing
🧑‍🍼 person_feeding_baby | nanny newborn nursing parent
👼 angel | baby church face fairy fairytale fantasy
🎅 santa | celebration christmas claus fairy fantasy father
🤶 mrs_claus | celebration christmas fairy fantasy holiday merry
🧑‍🎄 mx_claus | celebration christmas fairy fantasy holiday merry
🦸 superhero | good superpower
🦸‍♂️ superhero_man man_superhero | good superpower
🦸‍♀️ superhero_woman woman_superhero | good heroine superpower
🦹 supervillain | bad criminal evil superpower
🦹‍♂️ supervillain_man man_supervillain | bad criminal evil superpower
🦹‍♀️ supervillain_woman woman_supervillain | bad criminal evil superpower
🧙 mage | fantasy magic play sorcerer sorceress sorcery
🧙‍♂️ mage_man man_mage | fantasy magic play sorcerer sorceress sorcery
🧙‍♀️ mage_woman woman_mage | fantasy magic play sorcerer sorceress sorcery
🧚 fairy | fairytale fantasy myth person pixie tale
🧚‍♂️ fairy_man man_fairy | fairytale fantasy myth oberon person pixie
🧚‍♀️ fairy_woman woman_fairy | fairytale fantasy myth person pixie tale
🧛 vampire | blood dracula fangs halloween scary supernatural
🧛‍♂️ vampire_man man_vampire | blood fangs halloween scary supernatural teeth
🧛‍♀️ vampire_woman woman_vampire | blood fangs halloween scary supernatural teeth
🧜 merperson | creature fairytale folklore ocean sea siren
🧜‍♂️ merman | creature fairytale folklore neptune ocean poseidon
🧜‍♀️ mermaid | creature fairytale folklore merwoman ocean sea
🧝 elf | elves enchantment fantasy folklore magic magical
🧝‍♂️ elf_man man_elf | elves enchantment fantasy folklore magic magical
🧝‍♀️ elf_woman woman_elf | elves enchantment fantasy folklore magic magical
🧞 genie | djinn fantasy jinn lamp myth rub
🧞‍♂️ genie_man man_genie | djinn fantasy jinn lamp myth rub
🧞‍♀️ genie_woman woman_genie | djinn fantasy jinn lamp myth rub
🧟 zombie | apocalypse dead halloween horror scary undead
🧟‍♂️ zombie_man man_zombie | apocalypse dead halloween horror scary undead
🧟‍♀️ zombie_woman woman_zombie | apocalypse dead halloween horror scary undead
🧌 troll | fairy fantasy monster tale trolling
🫈 hairy_creature | bigfoot cryptid forest giant sasquatch woodwose
💆 massage person_getting_massage | face headache relax relaxing salon soothe
💆‍♂️ massage_man man_getting_massage | face headache relax relaxing salon soothe
💆‍♀️ massage_woman woman_getting_massage | face headache relax relaxing salon soothe
💇 haircut person_getting_haircut | barber beauty chop cosmetology groom parlor
💇‍♂️ haircut_man man_getting_haircut | barber beauty chop cosmetology groom parlor
💇‍♀️ haircut_woman woman_getting_haircut | barber beauty chop cosmetology groom parlor
🚶 walking person_walking | amble gait hike man pace pedestrian
🚶‍♂️ walking_man man_walking | amble gait hike pace pedestrian stride
🚶‍♀️ walking_woman woman_walking | amble gait hike pace pedestrian stride
🚶‍➡️ person_walking_right | amble facing gait hike man pace
🚶‍♀️‍➡️ woman_walking_right | amble facing gait hike pace pedestrian
🚶‍♂️‍➡️ man_walking_right | amble facing gait hike pace pedestrian
🧍 standing_person person_standing standing
🧍‍♂️ standing_man man_standing
🧍‍♀️ standing_woman woman_standing
🧎 kneeling_person kneeling person_kneeling | knees
🧎‍♂️ kneeling_man man_kneeling | knees
🧎‍♀️ kneeling_woman woman_kneeling | knees
🧎‍➡️ person_kneeling_right | facing knees
🧎‍♀️‍➡️ woman_kneeling_right | facing knees
🧎‍♂️‍➡️ man_kneeling_right | facing knees
🧑‍🦯 person_with_probing_cane person_with_white_cane | accessibility blind
🧑‍🦯‍➡️ person_with_white_cane_right | accessibility blind facing probing
👨‍🦯 man_with_probing_cane man_with_white_cane | accessibility blind
👨‍🦯‍➡️ man_with_white_cane_right | accessibility blind facing probing
👩‍🦯 woman_with_probing_cane woman_with_white_cane | accessibility blind
👩‍🦯‍➡️ woman_with_white_cane_right | accessibility blind facing probing
🧑‍🦼 person_in_motorized_wheelchair | accessibility
🧑‍🦼‍➡️ person_in_motorized_wheelchair_right | accessibility facing
👨‍🦼 man_in_motorized_wheelchair | accessibility
👨‍🦼‍➡️ man_in_motorized_wheelchair_right | accessibility facing
👩‍🦼 woman_in_motorized_wheelchair | accessibility
👩‍🦼‍➡️ woman_in_motorized_wheelchair_right | accessibility facing
🧑‍🦽 person_in_manual_wheelchair | accessibility
🧑‍🦽‍➡️ person_in_manual_wheelchair_right | accessibility facing
👨‍🦽 man_in_manual_wheelchair | accessibility
👨‍🦽‍➡️ man_in_manual_wheelchair_right | accessibility facing
👩‍🦽 woman_in_manual_wheelchair | accessibility
👩‍🦽‍➡️ woman_in_manual_wheelchair_right | accessibility facing
🏃 runner running person_running | fast hurry marathon move quick race
🏃‍♂️ running_man man_running | fast hurry marathon move quick race
🏃‍♀️ running_woman woman_running | fast hurry marathon move quick race
🏃‍➡️ person_running_right | facing fast hurry marathon move quick
🏃‍♀️‍➡️ woman_running_right | facing fast hurry marathon move quick
🏃‍♂️‍➡️ man_running_right | facing fast hurry marathon move quick
🧑‍🩰 ballet_dancer
💃 dancer woman_dancing | elegant festive flair flamenco groove let’s
🕺 man_dancing | dance dancer elegant festive flair flamenco
🕴️ business_suit_levitating levitate levitating | person
👯 dancers people_with_bunny_ears_partying | bestie bff counterpart double identical pair
👯‍♂️ dancing_men men_with_bunny_ears_partying | bestie bff counterpart dancer double identical
👯‍♀️ dancing_women women_with_bunny_ears_partying | bestie bff counterpart dancer double identical
🧖 sauna_person person_in_steamy_room | day luxurious pamper relax spa steambath
🧖‍♂️ sauna_man man_in_steamy_room | day luxurious pamper relax spa steambath
🧖‍♀️ sauna_woman woman_in_steamy_room | day luxurious pamper relax spa steambath
🧗 climbing person_climbing | climber mountain rock scale up
🧗‍♂️ climbing_man man_climbing | climber mountain rock scale up
🧗‍♀️ climbing_woman woman_climbing | climber mountain rock scale up
🤺 person_fencing fencer fencing | sword
🏇 horse_racing | jockey racehorse riding sport
⛷️ skier person_skiing skiing | snow
🏂️ snowboarder person_snowboarding snowboarding | ski sport
🏌️ golfing golfer person_golfing | ball birdie caddy driving green pga
🏌️‍♂️ golfing_man man_golfing | ball birdie caddy driving green pga
🏌️‍♀️ golfing_woman woman_golfing | ball birdie caddy driving green pga
🏄️ surfer person_surfing surfing | beach ocean sport swell waves
🏄‍♂️ surfing_man man_surfing | beach ocean sport surfer swell waves
🏄‍♀️ surfing_woman woman_surfing | beach ocean person sport surfer swell
🚣 rowboat person_rowing_boat | canoe cruise fishing lake oar paddle
🚣‍♂️ rowing_man man_rowing_boat | canoe cruise fishing lake oar paddle
🚣‍♀️ rowing_woman woman_rowing_boat | canoe cruise fishing lake oar paddle
🏊️ swimmer person_swimming swimming | freestyle sport triathlon
🏊‍♂️ swimming_man man_swimming | freestyle sport swimmer triathlon
🏊‍♀️ swimming_woman woman_swimming | freestyle sport swimmer triathlon
⛹️ bouncing_ball_person person_bouncing_ball | athletic basketball championship dribble net player
⛹️‍♂️ basketball_man bouncing_ball_man man_bouncing_ball | athletic championship dribble net player throw
⛹️‍♀️ basketball_woman bouncing_ball_woman woman_bouncing_ball | athletic championship dribble net player throw
🏋️ weight_lifting person_lifting_weights weight_lifter | barbell bodybuilder deadlift powerlifting weightlifter workout
🏋️‍♂️ weight_lifting_man man_lifting_weights | barbell bodybuilder deadlift lifter powerlifting weightlifter
🏋️‍♀️ weight_lifting_woman woman_lifting_weights | barbell bodybuilder deadlift lifter powerlifting weightlifter
🚴 bicyclist biking person_biking | bicycle bike cycle riding sport
🚴‍♂️ biking_man man_biking | bicycle bicyclist bike cycle cyclist riding
🚴‍♀️ biking_woman woman_biking | bicycle bicyclist bike cycle cyclist riding
🚵 mountain_bicyclist mountain_biking person_mountain_biking | bicycle bike cycle riding sport
🚵‍♂️ mountain_biking_man man_mountain_biking | bicycle bicyclist bike cycle cyclist riding
🚵‍♀️ mountain_biking_woman woman_mountain_biking | bicycle bicyclist bike cycle cyclist riding
🤸 cartwheeling person_cartwheel | active excited flip gymnastics happy somersault
🤸‍♂️ man_cartwheeling | active excited flip gymnastics happy somersault
🤸‍♀️ woman_cartwheeling | active excited flip gymnastics happy somersault
🤼 wrestling people_wrestling wrestlers | combat duel grapple ring tournament
🤼‍♂️ men_wrestling | combat duel grapple ring tournament wrestle
🤼‍♀️ women_wrestling | combat duel grapple ring tournament wrestle
🤽 water_polo person_playing_water_polo | sport swimming waterpolo
🤽‍♂️ man_playing_water_polo | sport swimming waterpolo
🤽‍♀️ woman_playing_water_polo | sport swimming waterpolo
🤾 handball_person handball person_playing_handball | athletics catch chuck hurl lob pitch
🤾‍♂️ man_playing_handball | athletics catch chuck hurl lob pitch
🤾‍♀️ woman_playing_handball | athletics catch chuck hurl lob pitch
🤹 juggling_person juggler juggling | act balance balancing handle manage multitask
🤹‍♂️ man_juggling | act balance balancing handle juggle manage
🤹‍♀️ woman_juggling | act balance balancing handle juggle manage
🧘 lotus_position person_in_lotus_position | cross legged legs meditation peace relax
🧘‍♂️ lotus_position_man man_in_lotus_position | cross legged legs meditation peace relax
🧘‍♀️ lotus_position_woman woman_in_lotus_position | cross legged legs meditation peace relax
🛀 bath person_taking_bath | bathtub tub
🛌 sleeping_bed person_in_bed sleeping_accommodation | bedtime good goodnight hotel nap night
🧑‍🤝‍🧑 people_holding_hands | bae bestie bff couple dating flirt
👭 two_women_holding_hands | bae bestie bff couple dating flirt
👫 couple | bae bestie bff dating flirt friends
👬 two_men_holding_hands | bae bestie bff boys brothers couple
💏 couplekiss couple_kiss | anniversary babe bae date dating heart
👩‍❤️‍💋‍👨 couplekiss_man_woman kiss_mw kiss_wm | anniversary babe bae date dating heart
👨‍❤️‍💋‍👨 couplekiss_man_man kiss_mm | anniversary babe bae date dating heart
👩‍❤️‍💋‍👩 couplekiss_woman_woman kiss_ww | anniversary babe bae date dating heart
💑 couple_with_heart | anniversary babe bae dating kiss love
👩‍❤️‍👨 couple_with_heart_woman_man couple_with_heart_mw couple_with_heart_wm | anniversary babe bae dating kiss love
👨‍❤️‍👨 couple_with_heart_man_man couple_with_heart_mm | anniversary babe bae dating kiss love
👩‍❤️‍👩 couple_with_heart_woman_woman couple_with_heart_ww | anniversary babe bae dating kiss love
👨‍👩‍👦 family_man_woman_boy family_mwb | child
👨‍👩‍👧 family_man_woman_girl family_mwg | child
👨‍👩‍👧‍👦 family_man_woman_girl_boy family_mwgb | child
👨‍👩‍👦‍👦 family_man_woman_boy_boy family_mwbb | child
👨‍👩‍👧‍👧 family_man_woman_girl_girl family_mwgg | child
👨‍👨‍👦 family_man_man_boy family_mmb | child
👨‍👨‍👧 family_man_man_girl family_mmg | child
👨‍👨‍👧‍👦 family_man_man_girl_boy family_mmgb | child
👨‍👨‍👦‍👦 family_man_man_boy_boy family_mmbb | child
👨‍👨‍👧‍👧 family_man_man_girl_girl family_mmgg | child
👩‍👩‍👦 family_woman_woman_boy family_wwb | child
👩‍👩‍👧 family_woman_woman_girl family_wwg | child
👩‍👩‍👧‍👦 family_woman_woman_girl_boy family_wwgb | child
👩‍👩‍👦‍👦 family_woman_woman_boy_boy family_wwbb | child
👩‍👩‍👧‍👧 family_woman_woman_girl_girl family_wwgg | child
👨‍👦 family_man_boy family_mb | child
👨‍👦‍👦 family_man_boy_boy family_mbb | child
👨‍👧 family_man_girl family_mg | child
👨‍👧‍👦 family_man_girl_boy family_mgb | child
👨‍👧‍👧 family_man_girl_girl family_mgg | child
👩‍👦 family_woman_boy family_wb | child
👩‍👦‍👦 family_woman_boy_boy family_wbb | child
👩‍👧 family_woman_girl family_wg | child
👩‍👧‍👦 family_woman_girl_boy family_wgb | child
👩‍👧‍👧 family_woman_girl_girl family_wgg | child
🗣️ speaking_head | face silhouette
👤 bust_in_silhouette | mysterious shadow
👥 busts_in_silhouette | bff everyone friend friends people
🫂 people_hugging | comfort embrace farewell friendship goodbye hello
👪️ family | child
🧑‍🧑‍🧒 family_aac | adult child
🧑‍🧑‍🧒‍🧒 family_aacc | adult child
🧑‍🧒 family_aa family_ac | adult child
🧑‍🧒‍🧒 family_acc | adult child
👣 footprints | barefoot clothing omw walk
🫆 fingerprint | clue crime detective forensics identity mystery
🐵 monkey_face | animal banana
🐒 monkey | animal banana
🦍 gorilla | animal
🦧 orangutan | animal ape monkey
🐶 dog dog_face | adorbs animal pet puppies puppy
🐕️ dog2 dog | animal animals dogs pet
🦮 guide_dog | accessibility animal blind
🐕‍🦺 service_dog | accessibility animal assistance
🐩 poodle | animal dog fluffy
🐺 wolf wolf_face | animal
🦊 fox_face fox | animal
🦝 raccoon | animal curious sly
🐱 cat cat_face | animal kitten kitty pet
🐈️ cat2 cat | animal animals cats kitten pet
🐈‍⬛ black_cat | animal feline halloween meow unlucky
🦁 lion lion_face | alpha animal leo mane order rawr
🐯 tiger tiger_face | animal big cat predator
🐅 tiger2 tiger | animal big cat predator zoo
🐆 leopard | animal big cat predator zoo
🐴 horse horse_face | animal dressage equine farm horses
🫎 moose | alces animal antlers elk mammal
🫏 donkey | animal ass burro hinny mammal mule
🐎 racehorse horse | animal equestrian farm racing
🦄 unicorn unicorn_face
🦓 zebra | animal stripe
🦌 deer | animal
🦬 bison | animal buffalo herd wisent
🐮 cow cow_face | animal farm milk moo
🐂 ox | animal animals bull farm taurus zodiac
🐃 water_buffalo | animal zoo
🐄 cow2 cow | animal animals farm milk moo
🐷 pig pig_face | animal bacon farm pork
🐖 pig2 pig | animal bacon farm pork sow
🐗 boar | animal pig
🐽 pig_nose | animal face farm smell snout
🐏 ram | animal aries horns male sheep zodiac
🐑 sheep ewe | animal baa farm female fluffy lamb
🐐 goat | animal capricorn farm milk zodiac
🐪 dromedary_camel | animal desert hump one
🐫 camel | animal bactrian desert hump two two-hump
🦙 llama | alpaca animal guanaco vicuña wool
🦒 giraffe | animal spots
🐘 elephant | animal
🦣 mammoth | animal extinction large tusk wooly
🦏 rhinoceros rhino | animal
🦛 hippopotamus hippo | animal
🐭 mouse mouse_face | animal
🐁 mouse2 mouse | animal animals
🐀 rat | animal
🐹 hamster hamster_face | animal pet
🐰 rabbit rabbit_face | animal bunny pet
🐇 rabbit2 rabbit | animal bunny pet
🐿️ chipmunk | animal squirrel
🦫 beaver | animal dam teeth
🦔 hedgehog | animal spiny
🦇 bat | animal vampire
🐻 bear bear_face | animal grizzly growl honey
🐻‍❄️ polar_bear polar_bear_face | animal arctic white
🐨 koala koala_face | animal australia bear down marsupial under
🐼 panda_face panda | animal bamboo
🦥 sloth | lazy slow
🦦 otter | animal fishing playful
🦨 skunk | animal stink
🦘 kangaroo | animal joey jump marsupial
🦡 badger | animal honey pester
🐾 feet paw_prints | paws
🦃 turkey | bird gobble thanksgiving
🐔 chicken chicken_face | animal bird ornithology
🐓 rooster | animal bird ornithology
🐣 hatching_chick | animal baby bird egg
🐤 baby_chick | animal bird ornithology
🐥 hatched_chick | animal baby bird front-facing newborn ornithology
🐦️ bird bird_face | animal ornithology
🐧 penguin penguin_face | animal antarctica bird ornithology
🕊️ dove | bird fly ornithology peace
🦅 eagle | animal bird ornithology
🦆 duck | animal bird ornithology
🦢 swan | animal bird cygnet duckling ornithology ugly
🦉 owl | animal bird ornithology wise
🦤 dodo | animal bird extinction large ornithology
🪶 feather | bird flight light plumage
🦩 flamingo | animal bird flamboyant ornithology tropical
🦚 peacock | animal bird colorful ornithology ostentatious peahen
🦜 parrot | animal bird ornithology pirate talk
🪽 wing | angelic ascend aviation bird fly flying
🐦‍⬛ black_bird | animal beak caw corvid crow ornithology
🪿 goose | animal bird duck flock fowl gaggle
🐦‍🔥 phoenix | ascend ascension emerge fantasy firebird glory
🐸 frog frog_face | animal
🐊 crocodile | animal zoo
🐢 turtle | animal terrapin tortoise
🦎 lizard | animal reptile
🐍 snake | animal bearer ophiuchus serpent zodiac
🐲 dragon_face | animal fairy fairytale tale
🐉 dragon | animal fairy fairytale knights tale
🦕 sauropod | brachiosaurus brontosaurus dinosaur diplodocus
🦖 t-rex trex | dinosaur tyrannosaurus
🐳 whale spouting_whale | animal beach face ocean
🐋 whale2 whale | animal beach ocean
🐬 dolphin flipper | animal beach ocean
🫍 orca | marine ocean whale
🦭 seal | animal lion ocean
🐟️ fish | animal dinner fishes fishing pisces zodiac
🐠 tropical_fish | animal fishes
🐡 blowfish | animal
🦈 shark | animal fish
🐙 octopus | animal creature ocean
🐚 shell | animal beach conch sea spiral
🪸 coral | change climate ocean reef sea
🪼 jellyfish | animal aquarium burn invertebrate life marine
🦀 crab | cancer zodiac
🦞 lobster | animal bisque claws seafood
🦐 shrimp | food shellfish small
🦑 squid | animal food mollusk
🦪 oyster | diving pearl
🐌 snail | animal escargot garden nature slug
🦋 butterfly | insect pretty
🐛 bug | animal garden insect
🐜 ant | animal garden insect
🐝 bee honeybee | animal bumblebee insect nature spring
🪲 beetle | animal bug insect
🐞 lady_beetle | animal garden insect ladybird ladybug nature
🦗 cricket | animal bug grasshopper insect orthoptera
🪳 cockroach | animal insect pest
🕷️ spider | animal insect
🕸️ spider_web
🦂 scorpion | scorpius zodiac
🦟 mosquito | bite disease fever insect malaria pest
🪰 fly | animal disease insect maggot pest rotting
🪱 worm | animal annelid earthworm parasite
🦠 microbe | amoeba bacteria science virus
💐 bouquet | anniversary birthday date flower love plant
🌸 cherry_blossom | flower plant spring springtime
💮 white_flower
🪷 lotus | beauty buddhism calm flower hinduism peace
🏵️ rosette | plant
🌹 rose | beauty elegant flower love plant red
🥀 wilted_flower | dying
🌺 hibiscus | flower plant
🌻 sunflower | outdoors plant
🌼 blossom | buttercup dandelion flower plant
🌷 tulip | blossom flower growth plant
🪻 hyacinth | bloom bluebonnet flower indigo lavender lilac
🌱 seedling | plant sapling sprout young
🪴 potted_plant | decor grow house nurturing
🌲 evergreen_tree | christmas forest pine
🌳 deciduous_tree | forest green habitat shedding
🌴 palm_tree | beach plant tropical
🌵 cactus | desert drought nature plant
🌾 ear_of_rice sheaf_of_rice | grain grains plant
🌿 herb | leaf plant
☘️ shamrock | irish plant
🍀 four_leaf_clover | 4 four-leaf irish lucky plant
🍁 maple_leaf | falling
🍂 fallen_leaf | autumn falling
🍃 leaves | blow flutter fluttering leaf wind
🪹 empty_nest nest | branch home nesting
🪺 nest_with_eggs | bird branch nesting
🍄 mushroom | fungus toadstool
🪾 leafless_tree | bare barren branches dead drought trunk
🍇 grapes | dionysus fruit
🍈 melon | cantaloupe fruit
🍉 watermelon | fruit
🍊 mandarin orange tangerine | c citrus fruit nectarine vitamin
🍋 lemon | citrus fruit sour
🍋‍🟩 lime | acidity citrus cocktail fruit garnish key
🍌 banana | fruit potassium
🍍 pineapple | colada fruit pina tropical
🥭 mango | food fruit tropical
🍎 apple red_apple | diet food fruit health ripe
🍏 green_apple | fruit
🍐 pear | fruit
🍑 peach | fruit
🍒 cherries | berries cherry fruit red
🍓 strawberry | fruit
🫐 blueberries | berry bilberry blueberry food fruit
🥝 kiwi_fruit kiwi | food
🍅 tomato | food fruit vegetable
🫒 olive | food
🥥 coconut | colada palm piña
🥑 avocado | food fruit
🍆 eggplant | aubergine vegetable
🥔 potato | food vegetable
🥕 carrot | food vegetable
🌽 corn ear_of_corn | crops farm maize maze
🌶️ hot_pepper
🫑 bell_pepper | capsicum food vegetable
🥒 cucumber | food pickle vegetable
🥬 leafy_green | bok burgers cabbage choy kale lettuce
🥦 broccoli | cabbage wild
🧄 garlic | flavoring
🧅 onion | flavoring
🥜 peanuts | food vegetable
🫘 beans | food kidney legume small
🌰 chestnut | almond plant
🫚 ginger_root ginger | beer health herb natural spice
🫛 pea_pod pea | beans beanstalk edamame legume soybean vegetable
🍄‍🟫 brown_mushroom | food fungi fungus nature pizza portobello
🫜 root_vegetable | beet food garden radish salad turnip
🍞 bread | carbs food grain loaf restaurant toast
🥐 croissant | bread breakfast crescent food french roll
🥖 baguette_bread | food french
🫓 flatbread | arepa food gordita lavash naan pita
🥨 pretzel | convoluted twisted
🥯 bagel | bakery bread breakfast schmear
🥞 pancakes | breakfast crêpe food hotcake
🧇 waffle | breakfast indecisive iron
🧀 cheese | wedge
🍖 meat_on_bone
🍗 poultry_leg | bone chicken drumstick hungry turkey
🥩 cut_of_meat | chop lambchop porkchop red steak
🥓 bacon | breakfast food meat
🍔 hamburger | eat fast food hungry
🍟 fries french_fries | fast food
🍕 pizza | cheese food hungry pepperoni slice
🌭 hotdog | frankfurter sausage
🥪 sandwich | bread
🌮 taco | mexican
🌯 burrito | mexican wrap
🫔 tamale | food mexican pamonha wrapped
🥙 stuffed_flatbread | falafel food gyro kebab
🧆 falafel | chickpea meatball
🥚 egg | breakfast food
🍳 fried_egg cooking | breakfast easy fry frying over pan
🥘 shallow_pan_of_food | casserole paella
🍲 stew pot_of_food | soup
🫕 fondue | cheese chocolate food melted pot ski
🥣 bowl_with_spoon | breakfast cereal congee oatmeal porridge
🥗 green_salad salad | food
🍿 popcorn | movie
🧈 butter | dairy
🧂 salt | condiment flavor mad salty shaker taste
🥫 canned_food
🍱 bento bento_box | food
🍘 rice_cracker | food
🍙 rice_ball | food japanese
🍚 rice cooked_rice | food
🍛 curry curry_rice | food
🍜 ramen steaming_bowl | chopsticks food noodle pho soup
🍝 spaghetti | food meatballs pasta restaurant
🍠 sweet_potato | food roasted
🍢 oden | food kebab restaurant seafood skewer stick
🍣 sushi | food
🍤 fried_shrimp | prawn tempura
🍥 fish_cake | food pastry restaurant swirl
🥮 moon_cake | autumn festival yuèbǐng
🍡 dango | dessert japanese skewer stick sweet
🥟 dumpling | empanada gyōza jiaozi pierogi potsticker
🥠 fortune_cookie | prophecy
🥡 takeout_box | chopsticks delivery food oyster pail
🍦 icecream soft_serve | dessert food restaurant sweet
🍧 shaved_ice | dessert restaurant sweet
🍨 ice_cream | dessert food restaurant sweet
🍩 doughnut | breakfast dessert donut food sweet
🍪 cookie | chip chocolate dessert sweet
🎂 birthday birthday_cake | bday celebration dessert happy pastry sweet
🍰 cake shortcake | dessert pastry slice sweet
🧁 cupcake | bakery dessert sprinkles sugar sweet treat
🥧 pie | apple filling fruit meat pastry pumpkin
🍫 chocolate_bar | candy dessert halloween sweet tooth
🍬 candy | cavities dessert halloween restaurant sweet tooth
🍭 lollipop | candy dessert food restaurant sweet
🍮 custard | dessert pudding sweet
🍯 honey_pot | barrel bear food honeypot jar sweet
🍼 baby_bottle | babies birth born drink infant milk
🥛 milk_glass glass_of_milk milk | drink
☕️ coffee | beverage cafe caffeine chai drink hot
🫖 teapot | brew drink food
🍵 tea | beverage cup drink handle oolong teacup
🍶 sake | bar beverage bottle cup drink restaurant
🍾 champagne | bar bottle cork drink popping
🍷 wine_glass | alcohol bar beverage booze club drink
🍸️ cocktail | alcohol bar booze club drink drinking
🍹 tropical_drink | alcohol bar booze club cocktail drinking
🍺 beer | alcohol ale bar booze drink drinking
🍻 beers | alcohol bar booze bottoms cheers clink
🥂 clinking_glasses | celebrate drink
🥃 tumbler_glass whisky | liquor scotch shot whiskey
🫗 pouring_liquid pour | accident drink empty glass oops spill
🥤 cup_with_straw | drink juice malt soda soft water
🧋 bubble_tea boba_drink | food milk pearl
🧃 beverage_box juice_box | straw sweet
🧉 mate | drink
🧊 ice_cube ice | cold iceberg
🥢 chopsticks | hashi jeotgarak kuaizi
🍽️ plate_with_cutlery fork_knife_plate | cooking dinner eat
🍴 fork_and_knife | breakfast breaky cooking cutlery delicious dinner
🥄 spoon | eat tableware
🔪 hocho knife | chef cooking kitchen tool weapon
🫙 jar | condiment container empty nothing sauce store
🏺 amphora | aquarius cooking drink jug tool weapon
🌍️ earth_africa earth_europe | europe-africa globe showing world
🌎️ earth_americas | globe showing world
🌏️ earth_asia | asia-australia australia globe showing world
🌐 globe_with_meridians | earth internet web world worldwide
🗺️ world_map
🗾 japan japan_map
🧭 compass | direction magnetic navigation orienteering
🏔️ mountain_snow | cold snow-capped
⛰️ mountain
🛘 landslide | avalanche danger disaster earthquake mountain mudslide
🌋 volcano | eruption mountain nature
🗻 mount_fuji | mountain nature
🏕️ camping
🏖️ beach_umbrella beach beach_with_umbrella
🏜️ desert
🏝️ desert_island island
🏞️ national_park
🏟️ stadium
🏛️ classical_building
🏗️ building_construction construction_site | crane
🧱 bricks | clay mortar wall
🪨 rock | boulder heavy solid stone tough
🪵 wood | log lumber timber
🛖 hut | home house roundhouse shelter yurt
🏘️ houses homes
🏚️ derelict_house house_abandoned | home
🏠️ house | building country heart home ranch settle
🏡 house_with_garden | building country heart home ranch settle
🏢 office | building city cubical job
🏣 post_office | building japanese
🏤 european_post_office | building
🏥 hospital | building doctor medicine
🏦 bank | building
🏨 hotel | building
🏩 love_hotel | building
🏪 convenience_store | 24 building hours
🏫 school | building
🏬 department_store | building
🏭️ factory | building
🏯 japanese_castle | building
🏰 european_castle castle | building
💒 wedding | chapel hitched nuptials romance
🗼 tokyo_tower
🗽 statue_of_liberty | new ny nyc york
⛪️ church | bless chapel christian cross religion
🕌 mosque | islam masjid muslim religion
🛕 hindu_temple
🕍 synagogue | jew jewish judaism religion temple
⛩️ shinto_shrine | religion
🕋 kaaba | hajj islam muslim religion umrah
⛲️ fountain
⛺️ tent | camping
🌁 foggy
🌃 night_with_stars
🏙️ cityscape
🌄 sunrise_over_mountains | morning
🌅 sunrise | morning nature
🌆 city_sunset city_dusk | at building cityscape evening landscape
🌇 city_sunrise city_sunset | building dusk
🌉 bridge_at_night
♨️ hotsprings | steaming
🎠 carousel_horse | entertainment
🛝 playground_slide slide | amusement park playing sliding theme
🎡 ferris_wheel | amusement park theme
🎢 roller_coaster | amusement park theme
💈 barber barber_pole | cut fresh haircut shave
🎪 circus_tent
🚂 steam_locomotive | caboose engine railway train trains travel
🚃 railway_car | electric train tram travel trolleybus
🚄 bullettrain_side | high-speed railway shinkansen speed
🚅 bullettrain_front | high-speed nose railway shinkansen speed travel
🚆 train2 train | arrived choo railway
🚇️ metro | subway travel
🚈 light_rail | arrived monorail railway
🚉 station | railway train
🚊 tram | trolleybus
🚝 monorail | vehicle
🚞 mountain_railway | car trip
🚋 train tram_car | bus trolley trolleybus
🚌 bus | school vehicle
🚍️ oncoming_bus | cars
🚎 trolleybus | tram
🚐 minibus | drive van vehicle
🚑️ ambulance | emergency vehicle
🚒 fire_engine | truck
🚓 police_car | 5–0 cops patrol
🚔️ oncoming_police_car
🚕 taxi | cab cabbie car drive vehicle yellow
🚖 oncoming_taxi | cab cabbie cars drove hail yellow
🚗 car red_car | driving vehicle
🚘️ oncoming_automobile | car cars drove vehicle
🚙 blue_car suv | drive recreational sport sportutility utility vehicle
🛻 pickup_truck | automobile car flatbed pick-up transportation
🚚 truck delivery_truck | car drive vehicle
🚛 articulated_lorry | car drive move semi truck vehicle
🚜 tractor | vehicle
🏎️ racing_car | zoom
🏍️ motorcycle | racing
🛵 motor_scooter
🦽 manual_wheelchair | accessibility
🦼 motorized_wheelchair | accessibility
🛺 auto_rickshaw | tuk
🚲️ bike bicycle | class cycling cyclist gang ride spin
🛴 kick_scooter scooter
🛹 skateboard | skater wheels
🛼 roller_skate | blades skates sport
🚏 busstop
🛣️ motorway | highway road
🛤️ railway_track | train
🛢️ oil_drum
⛽️ fuelpump | diesel gas gasoline station
🛞 wheel | car circle tire turn vehicle
🚨 rotating_light | alarm alert beacon car emergency police
🚥 traffic_light | horizontal intersection signal stop stoplight
🚦 vertical_traffic_light | drove intersection signal stop stoplight
🛑 stop_sign octagonal_sign
🚧 construction | barrier
⚓️ anchor | ship tool
🛟 ring_buoy lifebuoy | float lifesaver preserver rescue safety save
⛵️ boat sailboat | resort sailing sea yacht
🛶 canoe | boat
🚤 speedboat | billionaire lake luxury millionaire summer travel
🛳️ passenger_ship cruise_ship
⛴️ ferry | boat passenger
🛥️ motor_boat motorboat
🚢 ship | boat passenger travel
✈️ airplane | aeroplane fly flying jet travel
🛩️ small_airplane | aeroplane
🛫 flight_departure airplane_departure | aeroplane check-in departures
🛬 flight_arrival airplane_arriving | aeroplane arrivals landing
🪂 parachute | hang-glide parasail skydive
💺 seat | chair
🚁 helicopter | roflcopter travel vehicle
🚟 suspension_railway
🚠 mountain_cableway | gondola lift ski
🚡 aerial_tramway | cable car gondola ropeway
🛰️ artificial_satellite satellite | space
🚀 rocket | launch rockets space travel
🛸 flying_saucer | aliens extra terrestrial ufo
🛎️ bellhop_bell bellhop | hotel
🧳 luggage | bag packing roller suitcase travel
⌛️ hourglass | done sand time timer
⏳️ hourglass_flowing_sand | done hours not timer waiting yolo
⌚️ watch | clock time
⏰️ alarm_clock | hours hrs late time waiting
⏱️ stopwatch | clock time
⏲️ timer_clock
🕰️ mantelpiece_clock clock | time
🕛️ clock12 | 12:00 o’clock time twelve
🕧️ clock1230 | 12:30 thirty time twelve
🕐️ clock1 | 1:00 one o’clock time
🕜️ clock130 | 1:30 one thirty time
🕑️ clock2 | 2:00 o’clock time two
🕝️ clock230 | 2:30 thirty time two
🕒️ clock3 | 3:00 o’clock three time
🕞️ clock330 | 3:30 thirty three time
🕓️ clock4 | 4:00 four o’clock time
🕟️ clock430 | 4:30 four thirty time
🕔️ clock5 | 5:00 five o’clock time
🕠️ clock530 | 5:30 five thirty time
🕕️ clock6 | 6:00 o’clock six time
🕡️ clock630 | 6:30 six thirty
🕖️ clock7 | 0 7:00 o’clock seven
🕢️ clock730 | 7:30 seven thirty
🕗️ clock8 | 8:00 eight o’clock time
🕣️ clock830 | 8:30 eight thirty time
🕘️ clock9 | 9:00 nine o’clock time
🕤️ clock930 | 9:30 nine thirty time
🕙️ clock10 | 10:00 o’clock ten
🕥️ clock1030 | 10:30 ten thirty time
🕚️ clock11 | 11:00 eleven o’clock time
🕦️ clock1130 | 11:30 eleven thirty time
🌑 new_moon | dark space
🌒 waxing_crescent_moon | dreams space
🌓 first_quarter_moon | space
🌔 moon waxing_gibbous_moon | space
🌕️ full_moon | space
🌖 waning_gibbous_moon | space
🌗 last_quarter_moon | space
🌘 waning_crescent_moon | space
🌙 crescent_moon | ramadan space
🌚 new_moon_with_face | space
🌛 first_quarter_moon_with_face | space
🌜️ last_quarter_moon_with_face | dreams
🌡️ thermometer | weather
☀️ sunny sun | bright rays space weather
🌝 full_moon_with_face | bright
🌞 sun_with_face | beach bright day heat shine sunny
🪐 ringed_planet saturn | saturnine
⭐️ star | astronomy medium stars white
🌟 star2 glowing_star | glittery night shining sparkle
🌠 stars shooting_star | falling night space
🌌 milky_way | space
☁️ cloud | weather
⛅️ partly_sunny sun_behind_cloud | cloudy weather
⛈️ cloud_with_lightning_and_rain stormy thunder_cloud_and_rain | thunderstorm
🌤️ sun_behind_small_cloud sunny | weather
🌥️ sun_behind_large_cloud cloudy | weather
🌦️ sun_behind_rain_cloud sun_and_rain | weather
🌧️ cloud_with_rain rainy | weather
🌨️ cloud_with_snow snowy | cold weather
🌩️ cloud_with_lightning lightning | weather
🌪️ tornado | cloud weather whirlwind
🌫️ fog | cloud weather
🌬️ wind_face wind_blowing_face | cloud
🌀 cyclone | dizzy hurricane twister typhoon weather
🌈 rainbow | gay genderqueer glbt glbtq lesbian lgbt
🌂 closed_umbrella | clothing rain
☂️ open_umbrella umbrella | clothing rain
☔️ umbrella umbrella_with_rain | clothing drop drops weather
⛱️ parasol_on_ground beach_umbrella umbrella_on_ground | rain sun
⚡️ zap high_voltage | danger electric electricity lightning nature thunder
❄️ snowflake | cold weather
☃️ snowman_with_snow snowman2 | cold
⛄️ snowman | cold
☄️ comet | space
🔥 fire | af burn flame hot lit litaf
💧 droplet | cold comic nature sad sweat tear
🌊 ocean water_wave | nature surf surfer surfing
🎃 jack_o_lantern | celebration halloween pumpkin
🎄 christmas_tree | celebration
🎆 fireworks | boom celebration entertainment yolo
🎇 sparkler | boom celebration fireworks
🧨 firecracker | dynamite explosive fireworks light pop popping
✨️ sparkles | * magic star
🎈 balloon | birthday celebrate celebration
🎉 tada party party_popper | awesome birthday celebrate celebration excited hooray
🎊 confetti_ball | celebrate celebration party woohoo
🎋 tanabata_tree | banner celebration japanese
🎍 bamboo | celebration decoration japanese pine plant
🎎 dolls | celebration festival japanese
🎏 flags carp_streamer | celebration
🎐 wind_chime | bell celebration
🎑 rice_scene moon_ceremony | celebration viewing
🧧 red_envelope | gift good hóngbāo lai luck money
🎀 ribbon | celebration
🎁 gift | birthday bow box celebration christmas present
🎗️ reminder_ribbon | celebration
🎟️ tickets admission_tickets
🎫 ticket | admission stub
🎖️ medal_military military_medal | award celebration
🏆️ trophy | champion champs prize slay sport victory
🏅 medal_sports sports_medal | award gold winner
🥇 1st_place_medal 1st first_place_medal | gold
🥈 2nd_place_medal 2nd second_place_medal | silver
🥉 3rd_place_medal 3rd third_place_medal | bronze
⚽️ soccer | ball football futbol sport
⚾️ baseball | sport
🥎 softball | glove sports underarm
🏀 basketball | hoop sport
🏐 volleyball | game
🏈 football | american bowl sport super
🏉 rugby_football | sport
🎾 tennis | ball racquet sport
🥏 flying_disc | ultimate
🎳 bowling | ball game sport strike
🏏 cricket_game | ball bat
🏑 field_hockey | ball game stick
🏒 ice_hockey hockey | game puck stick
🥍 lacrosse | ball goal sports stick
🏓 ping_pong | ball bat game paddle pingpong table
🏸 badminton | birdie game racquet shuttlecock
🥊 boxing_glove
🥋 martial_arts_uniform | judo karate taekwondo
🥅 goal_net
⛳️ golf | flag hole sport
⛸️ ice_skate | skating
🎣 fishing_pole_and_fish fishing_pole | entertainment sport
🤿 diving_mask | scuba snorkeling
🎽 running_shirt_with_sash running_shirt | athletics
🎿 ski | snow sport
🛷 sled | luge sledge sleigh snow toboggan
🥌 curling_stone | game rock
🎯 dart bullseye direct_hit | entertainment game target
🪀 yo_yo | fluctuate toy
🪁 kite | fly soar
🔫 gun pistol | handgun revolver tool water weapon
🎱 8ball billiards | eight game pool
🔮 crystal_ball | fairy fairytale fantasy fortune future magic
🪄 magic_wand | magician witch wizard
🎮️ video_game controller | entertainment
🕹️ joystick | game video videogame
🎰 slot_machine | casino gamble gambling game slots
🎲 game_die | dice entertainment
🧩 jigsaw puzzle_piece | clue interlocking
🧸 teddy_bear | plaything plush stuffed toy
🪅 pinata | candy celebrate celebration cinco de festive
🪩 mirror_ball disco disco_ball | dance glitter party
🪆 nesting_dolls | babooshka baboushka babushka matryoshka russia
♠️ spades | card game suit
♥️ hearts | card emotion game suit
♦️ diamonds | card game suit
♣️ clubs | card game suit
♟️ chess_pawn | dupe expendable
🃏 black_joker | card game wildcard
🀄️ mahjong | dragon game red
🎴 flower_playing_cards | game japanese
🎭️ performing_arts | actor actress entertainment mask theater theatre
🖼️ framed_picture frame_with_picture | art museum painting
🎨 art palette | artist artsy arty colorful creative entertainment
🧵 thread | needle sewing spool string
🪡 sewing_needle | embroidery stitches sutures tailoring thread
🧶 yarn | ball crochet knit
🪢 knot | cord rope tangled tie twine twist
👓️ eyeglasses glasses | clothing eyewear
🕶️ dark_sunglasses sunglasses | eye eyewear
🥽 goggles | dive eye protection scuba swimming welding
🥼 lab_coat | clothes doctor dr experiment jacket scientist
🦺 safety_vest | emergency
👔 necktie | clothing employed serious shirt
👕 shirt tshirt | blue casual clothes clothing collar dressed
👖 jeans | blue casual clothes clothing denim dressed
🧣 scarf | bundle cold neck up
🧤 gloves | hand
🧥 coat | brr bundle cold jacket up
🧦 socks | stocking
👗 dress | clothes clothing dressed fancy shopping
👘 kimono | clothing comfortable
🥻 sari | clothing dress
🩱 one_piece_swimsuit | bathing one-piece
🩲 swim_brief briefs | bathing one-piece suit swimsuit underwear
🩳 shorts | bathing pants suit swimsuit underwear
👙 bikini | bathing beach clothing pool suit swim
👚 womans_clothes | blouse clothing collar dress dressed lady
🪭 folding_hand_fan folding_fan | clack clap cool cooling dance flirt
👛 purse | clothes clothing coin dress fancy handbag
👜 handbag | clothes clothing dress lady purse shopping
👝 pouch clutch_bag | clothes clothing dress handbag purse
🛍️ shopping shopping_bags | hotel
🎒 school_satchel backpack | backpacking bag bookbag education rucksack
🩴 thong_sandal | beach flip flop sandals shoe thongs
👞 mans_shoe shoe | brown clothes clothing feet foot kick
👟 athletic_shoe sneaker | clothes clothing fast kick running shoes
🥾 hiking_boot | backpacking brown camping outdoors shoe
🥿 flat_shoe womans_flat_shoe | ballet comfy flats slip-on slipper
👠 high_heel | clothes clothing dress fashion heels high-heeled
👡 sandal | clothing shoe woman woman’s
🩰 ballet_shoes | dance
👢 boot | clothes clothing dress shoe shoes shopping
🪮 hair_pick | afro comb groom
👑 crown | clothing family king medieval queen royal
👒 womans_hat | clothes clothing garden hats party woman’s
🎩 tophat top_hat | clothes clothing fancy formal magic
🎓️ mortar_board graduation_cap | celebration clothing education hat scholar
🧢 billed_cap | baseball bent dad hat
🪖 military_helmet | army soldier war warrior
⛑️ rescue_worker_helmet helmet_with_cross | aid face hat worker’s
📿 prayer_beads | clothing necklace religion
💄 lipstick | cosmetics date makeup
💍 ring | diamond engaged engagement married romance shiny
💎 gem | diamond engagement jewel money romance stone
🔇 mute no_sound | muted quiet silent speaker
🔈️ speaker low_volume quiet_sound | soft
🔉 sound medium_volumne | speaker volume
🔊 loud_sound high_volume | music speaker
📢 loudspeaker | address communication public sound
📣 mega megaphone | cheering sound
📯 postal_horn
🔔 bell | break church sound
🔕 no_bell | forbidden mute not prohibited quiet silent
🎼 musical_score | note
🎵 musical_note | sound
🎶 notes musical_notes | sound
🎙️ studio_microphone | music
🎚️ level_slider | music
🎛️ control_knobs | music
🎤 microphone | karaoke music sing sound
🎧️ headphones | earbud sound
📻️ radio | entertainment tbt video
🎷 saxophone | instrument music
🎺 trumpet | instrument music
🪊 trombone | brass instrument jazz music sad slide
🪗 accordion | box concertina instrument music squeeze squeezebox
🎸 guitar | instrument music strat
🎹 musical_keyboard | instrument piano
🎻 violin | instrument music
🪕 banjo | music stringed
🥁 drum | drumsticks music
🪘 long_drum | beat conga instrument rhythm
🪇 maracas | cha dance instrument music party percussion
🪈 flute | band fife flautist instrument marching music
🪉 harp | cupid instrument love music orchestra
📱 iphone android mobile_phone | cell communication telephone
📲 calling mobile_phone_arrow | build cell communication receive telephone
☎️ phone telephone
📞 telephone_receiver | communication voip
📟️ pager | communication
📠 fax fax_machine | communication
🔋 battery
🪫 low_battery | drained electronic energy power
🔌 electric_plug | electricity
💻️ computer laptop | office pc personal
🖥️ desktop_computer computer | monitor
🖨️ printer | computer
⌨️ keyboard | computer
🖱️ computer_mouse
🖲️ trackball | computer
💽 minidisc computer_disk | minidisk optical
💾 floppy_disk | computer
💿️ cd optical_disk | blu-ray computer dvd
📀 dvd | blu-ray cd computer disk optical
🧮 abacus | calculation calculator
🎥 movie_camera | bollywood cinema film hollywood record
🎞️ film_strip film_frames | cinema movie
📽️ film_projector | cinema movie video
🎬️ clapper | action board movie
📺️ tv | video
📷️ camera | photo selfie snap tbt trip video
📸 camera_flash camera_with_flash | video
📹️ video_camera | camcorder tbt
📼 vhs videocassette | old school tape vcr
🔍️ mag | glass lab left left-pointing magnifying science
🔎 mag_right | contact glass lab magnifying right-pointing science
🕯️ candle | light
💡 bulb light_bulb | comic electric idea
🔦 flashlight | electric tool torch
🏮 izakaya_lantern lantern red_paper_lantern | bar light restaurant
🪔 diya_lamp | light oil
📔 notebook_with_decorative_cover | decorated education school writing
📕 closed_book | education
📖 book open_book | education fantasy knowledge library novels reading
📗 green_book | education fantasy library reading
📘 blue_book | education fantasy library reading
📙 orange_book | education fantasy library reading
📚️ books | education fantasy knowledge library novels reading
📓 notebook
📒 ledger | notebook
📃 page_with_curl | document paper
📜 scroll | paper
📄 page_facing_up | document paper
📰 newspaper | communication
🗞️ newspaper_roll rolled_up_newspaper | rolled-up
📑 bookmark_tabs | marker
🔖 bookmark
🏷️ label | tag
🪙 coin | dollar euro gold metal money rich
💰️ moneybag | bank bet billion cash cost dollar
🪎 treasure_chest | gem gold jewels loot money prize
💴 yen | bank banknote bill currency money note
💵 dollar | bank banknote bill currency money note
💶 euro | 100 bank banknote bill currency money
💷 pound | bank banknote bill billion cash currency
💸 money_with_wings | bank banknote bill billion cash dollar
💳️ credit_card | bank cash charge money pay
🧾 receipt | accounting bookkeeping evidence invoice proof
💹 chart | bank currency graph growth increasing market
✉️ envelope | e-mail email letter
📧 e-mail email | letter
📨 incoming_envelope | delivering e-mail email letter mail receive
📩 envelope_with_arrow | communication down e-mail email letter mail
📤️ outbox_tray | email letter mail sent
📥️ inbox_tray | email letter mail receive zero
📦️ package | box communication delivery parcel shipping
📫️ mailbox | closed communication flag postbox raised
📪️ mailbox_closed | flag lowered postbox
📬️ mailbox_with_mail | flag open postbox raised
📭️ mailbox_with_no_mail | flag lowered open postbox
📮 postbox | mail mailbox
🗳️ ballot_box
✏️ pencil2 pencil
✒️ black_nib | pen
🖋️ fountain_pen
🖊️ pen | ballpoint
🖌️ paintbrush | painting
🖍️ crayon
📝 memo pencil | communication media notes
💼 briefcase | office
📁 file_folder
📂 open_file_folder
🗂️ card_index_dividers
📅 date
📆 calendar | tear-off
🗒️ spiral_notepad notepad_spiral
🗓️ spiral_calendar calendar_spiral | pad
📇 card_index | old rolodex school
📈 chart_with_upwards_trend chart_increasing | data graph growth right
📉 chart_with_downwards_trend chart_decreasing | data graph negative
📊 bar_chart | data graph
📋️ clipboard | do list notes
📌 pushpin | collage
📍 round_pushpin | location map
📎 paperclip
🖇️ paperclips | link linked
📏 straight_ruler | angle edge math straightedge
📐 triangular_ruler | angle math set slide triangle
✂️ scissors | cut cutting paper tool
🗃️ card_file_box
🗄️ file_cabinet | filing paper
🗑️ wastebasket trashcan | garbage
🔒️ lock locked | closed private
🔓️ unlock unlocked | cracked open
🔏 lock_with_ink_pen locked_with_pen | nib privacy
🔐 closed_lock_with_key locked_with_key | bike secure
🔑 key | keys lock major password unlock
🗝️ old_key | clue lock
🔨 hammer | home improvement repairs tool
🪓 axe | chop hatchet split wood
⛏️ pick | hammer mining tool
⚒️ hammer_and_pick | tool
🛠️ hammer_and_wrench | spanner tool
🗡️ dagger | knife weapon
⚔️ crossed_swords | weapon
💣️ bomb | boom comic dangerous explosion hot
🪃 boomerang | rebound repercussion weapon
🏹 bow_and_arrow | archer archery sagittarius tool weapon zodiac
🛡️ shield | weapon
🪚 carpentry_saw | carpenter cut lumber tool trim
🔧 wrench | home improvement spanner tool
🪛 screwdriver | flathead handy tool
🔩 nut_and_bolt | home improvement tool
⚙️ gear | cog cogwheel tool
🗜️ clamp compression | tool vice
⚖️ balance_scale scales | justice libra tool weight zodiac
🦯 probing_cane white_cane | accessibility blind
🔗 link | links
⛓️‍💥 broken_chain | break breaking cuffs freedom
⛓️ chains
🪝 hook | catch crook curve ensnare point selling
🧰 toolbox | chest mechanic red
🧲 magnet | attraction horseshoe magnetic negative positive shape
🪜 ladder | climb rung step
🪏 shovel | bury dig garden hole plant scoop
⚗️ alembic | chemistry tool
🧪 test_tube | chemist chemistry experiment lab science
🧫 petri_dish | bacteria biologist biology culture lab
🧬 dna double_helix | biologist evolution gene genetics life
🔬 microscope | experiment lab science tool
🔭 telescope | contact extraterrestrial science tool
📡 satellite satellite_antenna | aliens contact dish science
💉 syringe | doctor flu medicine needle shot sick
🩸 drop_of_blood | bleed donation injury medicine menstruation
💊 pill | doctor drugs medicated medicine pills sick
🩹 adhesive_bandage bandaid
🩼 crutch | aid cane disability help hurt injured
🩺 stethoscope | doctor heart medicine
🩻 x_ray x-ray xray | bones doctor medical skeleton skull
🚪 door | back closet front
🛗 elevator | accessibility hoist lift
🪞 mirror | makeup reflection reflector speculum
🪟 window | air frame fresh opening transparent view
🛏️ bed | hotel sleep
🛋️ couch_and_lamp | hotel
🪑 chair | seat sit
🚽 toilet | bathroom
🪠 plunger | cup force plumber poop suction toilet
🚿 shower | water
🛁 bathtub
🪤 mouse_trap | bait cheese lure mousetrap snare
🪒 razor | sharp shave
🧴 lotion_bottle | moisturizer shampoo sunscreen
🧷 safety_pin | diaper punk rock
🧹 broom | cleaning sweeping witch
🧺 basket | farming laundry picnic
🧻 roll_of_paper toilet_paper | towels
🪣 bucket | cask pail vat
🧼 soap | bar bathing clean cleaning lather soapdish
🫧 bubbles | burp clean floating pearl soap underwater
🪥 toothbrush | bathroom clean dental hygiene teeth toiletry
🧽 sponge | absorbing cleaning porous soak
🧯 fire_extinguisher | quench
🛒 shopping_cart | trolley
🚬 smoking cigarette
⚰️ coffin | dead death vampire
🪦 headstone | cemetery dead grave graveyard memorial rip
⚱️ funeral_urn | ashes death
🧿 nazar_amulet | bead blue charm evil-eye talisman
🪬 hamsa | amulet fatima fortune guide hand mary
🗿 moyai moai | face statue stoneface travel
🪧 placard | demonstration notice picket plaque protest sign
🪪 identification_card id_card | credentials document license security
🏧 atm | automated bank cash money sign teller
🚮 put_litter_in_its_place litter_bin | litterbin sign
🚰 potable_water | drinking
♿️ wheelchair handicapped | access symbol
🚹️ mens | bathroom lavatory man men’s restroom room
🚺️ womens | bathroom lavatory restroom room toilet wc
🚻 restroom bathroom | lavatory toilet wc
🚼️ baby_symbol | changing
🚾 wc water_closet | bathroom lavatory restroom toilet
🛂 passport_control
🛃 customs | packing
🛄 baggage_claim | arrived bags case checked journey packing
🛅 left_luggage | baggage case locker
⚠️ warning | caution
🚸 children_crossing | pedestrian traffic
⛔️ no_entry | do fail forbidden not pass prohibited
🚫 no_entry_sign | forbidden not smoke
🚳 no_bicycles | bike forbidden not prohibited
🚭️ no_smoking | forbidden not prohibited smoke
🚯 do_not_litter no_littering | forbidden prohibited
🚱 non-potable_water | dry non-drinking prohibited
🚷 no_pedestrians | forbidden not prohibited
📵 no_mobile_phones | cell forbidden not prohibited telephone
🔞 underage no_one_under_18 | eighteen forbidden not prohibited restriction
☢️ radioactive | sign
☣️ biohazard | sign
⬆️ arrow_up | cardinal direction north
↗️ arrow_upper_right | direction intercardinal northeast up-right
➡️ arrow_right | cardinal direction east
↘️ arrow_lower_right | direction down-right intercardinal southeast
⬇️ arrow_down | cardinal direction south
↙️ arrow_lower_left | direction down-left intercardinal southwest
⬅️ arrow_left | cardinal direction west
↖️ arrow_upper_left | direction intercardinal northwest up-left
↕️ arrow_up_down | up-down
↔️ left_right_arrow | left-right
↩️ leftwards_arrow_with_hook arrow_left_hook | curving right
↪️ arrow_right_hook rightwards_arrow_with_hook | curving left
⤴️ arrow_heading_up | curving right
⤵️ arrow_heading_down | curving right
🔃 arrows_clockwise clockwise | refresh reload vertical
🔄 arrows_counterclockwise counterclockwise | again anticlockwise button deja refresh rewindershins
🔙 back | arrow
🔚 end | arrow
🔛 on | arrow mark on!
🔜 soon | arrow brb omw
🔝 top | arrow homie up
🛐 place_of_worship | pray religion
⚛️ atom_symbol atom | atheist
🕉️ om | hindu religion
✡️ star_of_david | jew jewish judaism religion
☸️ wheel_of_dharma | buddhist religion
☯️ yin_yang | difficult lives religion tao taoist total
✝️ latin_cross | christ christian religion
☦️ orthodox_cross | christian religion
☪️ star_and_crescent | islam muslim ramadan religion
☮️ peace_symbol peace | healing peaceful
🕎 menorah | candelabrum candlestick hanukkah jewish judaism religion
🔯 six_pointed_star | dotted fortune jewish judaism six-pointed
🪯 khanda | deg fateh khalsa religion sikh sikhism
♈️ aries | horoscope ram zodiac
♉️ taurus | bull horoscope ox zodiac
♊️ gemini | horoscope twins zodiac
♋️ cancer | crab horoscope zodiac
♌️ leo | horoscope lion zodiac
♍️ virgo | horoscope zodiac
♎️ libra | balance horoscope justice scales zodiac
♏️ scorpius | horoscope scorpio scorpion zodiac
♐️ sagittarius | archer horoscope zodiac
♑️ capricorn | goat horoscope zodiac
♒️ aquarius | bearer horoscope water zodiac
♓️ pisces | fish horoscope zodiac
⛎️ ophiuchus | bearer serpent snake zodiac
🔀 twisted_rightwards_arrows shuffle | button crossed tracks
🔁 repeat | arrow button clockwise
🔂 repeat_one | arrow button clockwise once single
▶️ arrow_forward play | button right triangle
⏩️ fast_forward | arrow button double fast-forward
⏭️ next_track_button next_track | arrow scene triangle
⏯️ play_or_pause_button play_pause | arrow right triangle
◀️ arrow_backward reverse | button left triangle
⏪️ rewind fast_reverse | arrow button double
⏮️ previous_track_button previous_track | arrow last scene triangle
🔼 arrow_up_small up | button red upwards
⏫️ arrow_double_up fast_up | button
🔽 arrow_down_small down | button downwards red
⏬️ arrow_double_down fast_down | button
⏸️ pause_button pause | bar double vertical
⏹️ stop_button stop | square
⏺️ record_button record | circle
⏏️ eject_button eject
🎦 cinema | camera film movie
🔅 low_brightness dim_button
🔆 high_brightness bright_button | light
📶 signal_strength antenna_bars | cell communication mobile phone telephone
🛜 wireless | broadband computer connectivity hotspot internet network
📳 vibration_mode | cell communication mobile phone telephone
📴 mobile_phone_off | cell telephone
♀️ female_sign female | woman
♂️ male_sign male | man
⚧️ transgender_symbol
✖️ heavy_multiplication_x multiplication multiply | cancel sign ×
➕️ heavy_plus_sign plus | +
➖️ heavy_minus_sign minus | - math −
➗️ heavy_division_sign divide division | math ÷
🟰 heavy_equals_sign | answer equality math
♾️ infinity | forever unbounded universal
‼️ bangbang double_exclamation | ! !! mark punctuation
⁉️ interrobang exclamation_question | ! !? ? mark punctuation
❓️ question | ? mark punctuation red
❔️ grey_question white_question | ? mark outlined punctuation
❕️ grey_exclamation white_exclamation | ! mark outlined punctuation
❗️ exclamation heavy_exclamation_mark | ! punctuation red
〰️ wavy_dash | punctuation
💱 currency_exchange | bank money
💲 heavy_dollar_sign | billion cash charge currency million money
⚕️ medical_symbol medical | aesculapius medicine staff
♻️ recycle recycling_symbol
⚜️ fleur_de_lis fleur-de-lis | knights
🔱 trident | anchor emblem poseidon ship tool
📛 name_badge
🔰 beginner | chevron green japanese leaf symbol tool
⭕️ o hollow_red_circle red_o | heavy large
✅️ white_check_mark check_mark_button | checked checkmark complete completed done fixed
☑️ ballot_box_with_check | checked done off tick ✓
✔️ heavy_check_mark check_mark | checked checkmark done tick ✓
❌️ x cross_mark | cancel multiplication multiply ×
❎️ negative_squared_cross_mark cross_mark_button | multiplication multiply x ×
➰️ curly_loop
➿️ loop double_curly_loop
〽️ part_alternation_mark
✳️ eight_spoked_asterisk | * eight-spoked
✴️ eight_pointed_black_star | * eight-pointed
❇️ sparkle | *
©️ copyright
®️ registered
™️ tm trade_mark | trademark
🫟 splatter | drip holi ink liquid mess paint
#️⃣ hash number_sign | keycap
*️⃣ asterisk | keycap
0️⃣ zero | 0 keycap
1️⃣ one | 1 keycap
2️⃣ two | 2 keycap
3️⃣ three | 3 keycap
4️⃣ four | 4 keycap
5️⃣ five | 5 keycap
6️⃣ six | 6 keycap
7️⃣ seven | 7 keycap
8️⃣ eight | 8 keycap
9️⃣ nine | 9 keycap
🔟 keycap_ten ten
🔠 capital_abcd | input latin letters uppercase
🔡 abcd | input latin letters lowercase
🔢 1234 | input numbers
🔣 symbols | % & input ♪ 〒
🔤 abc | alphabet input latin letters
🅰️ a a_blood | button type
🆎 ab ab_blood | button type
🅱️ b b_blood | button type
🆑 cl | button
🆒 cool | button
🆓 free | button
ℹ️ information_source info
🆔 id | button identity
Ⓜ️ m | circle circled
🆕 new | button
🆖 ng | button
🅾️ o2 o o_blood | button type
🆗 ok | button okay
🅿️ parking | button
🆘 sos | button help
🆙 up up2 | button mark up!
🆚 vs | button versus
🈁 koko ja_here | button japanese katakana
🈂️ sa ja_service_charge | button japanese katakana
🈷️ u6708 ja_monthly_amount | button ideograph japanese
🈶 u6709 ja_not_free_of_carge | button charge ideograph japanese
🈯️ u6307 ja_reserved | button ideograph japanese
🉐 ideograph_advantage ja_bargain | button japanese
🈹 u5272 ja_discount | button ideograph japanese
🈚️ u7121 ja_free_of_charge | button ideograph japanese
🈲 u7981 ja_prohibited | button ideograph japanese
🉑 accept ja_acceptable | button ideograph japanese
🈸 u7533 ja_application | button ideograph japanese
🈴 u5408 ja_passing_grade | button ideograph japanese
🈳 u7a7a ja_vacancy | button ideograph japanese
㊗️ congratulations ja_congratulations | button ideograph japanese
㊙️ secret ja_secret | button ideograph japanese
🈺 u55b6 ja_open_for_business | button ideograph japanese
🈵 u6e80 ja_no_vacancy | button ideograph japanese
🔴 red_circle | geometric
🟠 orange_circle
🟡 yellow_circle
🟢 green_circle
🔵 large_blue_circle blue_circle | geometric
🟣 purple_circle
🟤 brown_circle
⚫️ black_circle | geometric
⚪️ white_circle | geometric
🟥 red_square | card penalty
🟧 orange_square
🟨 yellow_square | card penalty
🟩 green_square
🟦 blue_square
🟪 purple_square
🟫 brown_square
⬛️ black_large_square | geometric
⬜️ white_large_square | geometric
◼️ black_medium_square | geometric
◻️ white_medium_square | geometric
◾️ black_medium_small_square | geometric medium-small
◽️ white_medium_small_square | geometric medium-small
▪️ black_small_square | geometric
▫️ white_small_square | geometric
🔶 large_orange_diamond | geometric
🔷 large_blue_diamond | geometric
🔸 small_orange_diamond | geometric
🔹 small_blue_diamond | geometric
🔺 small_red_triangle | geometric pointed up
🔻 small_red_triangle_down | geometric pointed
💠 diamond_shape_with_a_dot_inside diamond_with_a_dot | comic geometric
🔘 radio_button | geometric
🔳 white_square_button | geometric outlined
🔲 black_square_button | geometric
🏁 checkered_flag | chequered finish flags game race racing
🚩 triangular_flag_on_post triangular_flag | construction golf
🎌 crossed_flags | celebration japanese
🏴 black_flag | waving
🏳️ white_flag | waving
🏳️‍🌈 rainbow_flag | bisexual gay genderqueer glbt glbtq lesbian
🏳️‍⚧️ transgender_flag | blue light pink white
🏴‍☠️ pirate_flag jolly_roger | plunder treasure
🇦🇨 ascension_island flag_ac | AC
🇦🇩 andorra flag_ad | AD
🇦🇪 united_arab_emirates flag_ae | AE
🇦🇫 afghanistan flag_af | AF
🇦🇬 antigua_barbuda flag_ag | AG
🇦🇮 anguilla flag_ai | AI
🇦🇱 albania flag_al | AL
🇦🇲 armenia flag_am | AM
🇦🇴 angola flag_ao | AO
🇦🇶 antarctica flag_aq | AQ
🇦🇷 argentina flag_ar | AR
🇦🇸 american_samoa flag_as | AS
🇦🇹 austria flag_at | AT
🇦🇺 australia flag_au | AU
🇦🇼 aruba flag_aw | AW
🇦🇽 aland_islands flag_ax | AX
🇦🇿 azerbaijan flag_az | AZ
🇧🇦 bosnia_herzegovina flag_ba | BA
🇧🇧 barbados flag_bb | BB
🇧🇩 bangladesh flag_bd | BD
🇧🇪 belgium flag_be | BE
🇧🇫 burkina_faso flag_bf | BF
🇧🇬 bulgaria flag_bg | BG
🇧🇭 bahrain flag_bh | BH
🇧🇮 burundi flag_bi | BI
🇧🇯 benin flag_bj | BJ
🇧🇱 st_barthelemy flag_bl | BL
🇧🇲 bermuda flag_bm | BM
🇧🇳 brunei flag_bn | BN
🇧🇴 bolivia flag_bo | BO
🇧🇶 caribbean_netherlands flag_bq | BQ
🇧🇷 brazil flag_br | BR
🇧🇸 bahamas flag_bs | BS
🇧🇹 bhutan flag_bt | BT
🇧🇻 bouvet_island flag_bv | BV
🇧🇼 botswana flag_bw | BW
🇧🇾 belarus flag_by | BY
🇧🇿 belize flag_bz | BZ
🇨🇦 canada flag_ca | CA
🇨🇨 cocos_islands flag_cc | CC
🇨🇩 congo_kinshasa flag_cd | CD
🇨🇫 central_african_republic flag_cf | CF
🇨🇬 congo_brazzaville flag_cg | CG
🇨🇭 switzerland flag_ch | CH
🇨🇮 cote_divoire flag_ci | CI
🇨🇰 cook_islands flag_ck | CK
🇨🇱 chile flag_cl | CL
🇨🇲 cameroon flag_cm | CM
🇨🇳 cn china flag_cn | CN
🇨🇴 colombia flag_co | CO
🇨🇵 clipperton_island flag_cp | CP
🇨🇶 flag_cq sark | CQ
🇨🇷 costa_rica flag_cr | CR
🇨🇺 cuba flag_cu | CU
🇨🇻 cape_verde flag_cv | CV
🇨🇼 curacao flag_cw | CW
🇨🇽 christmas_island flag_cx | CX
🇨🇾 cyprus flag_cy | CY
🇨🇿 czech_republic czechia flag_cz | CZ
🇩🇪 de flag_de germany | DE
🇩🇬 diego_garcia flag_dg | DG
🇩🇯 djibouti flag_dj | DJ
🇩🇰 denmark flag_dk | DK
🇩🇲 dominica flag_dm | DM
🇩🇴 dominican_republic flag_do | DO
🇩🇿 algeria flag_dz | DZ
🇪🇦 ceuta_melilla flag_ea | EA
🇪🇨 ecuador flag_ec | EC
🇪🇪 estonia flag_ee | EE
🇪🇬 egypt flag_eg | EG
🇪🇭 western_sahara flag_eh | EH
🇪🇷 eritrea flag_er | ER
🇪🇸 es flag_es spain | ES
🇪🇹 ethiopia flag_et | ET
🇪🇺 eu european_union flag_eu | EU
🇫🇮 finland flag_fi | FI
🇫🇯 fiji flag_fj | FJ
🇫🇰 falkland_islands flag_fk | FK
🇫🇲 micronesia flag_fm | FM
🇫🇴 faroe_islands flag_fo | FO
🇫🇷 fr flag_fr france | FR
🇬🇦 gabon flag_ga | GA
🇬🇧 gb uk flag_gb | GB
🇬🇩 grenada flag_gd | GD
🇬🇪 georgia flag_ge | GE
🇬🇫 french_guiana flag_gf | GF
🇬🇬 guernsey flag_gg | GG
🇬🇭 ghana flag_gh | GH
🇬🇮 gibraltar flag_gi | GI
🇬🇱 greenland flag_gl | GL
🇬🇲 gambia flag_gm | GM
🇬🇳 guinea flag_gn | GN
🇬🇵 guadeloupe flag_gp | GP
🇬🇶 equatorial_guinea flag_gq | GQ
🇬🇷 greece flag_gr | GR
🇬🇸 south_georgia_south_sandwich_islands flag_gs | GS
🇬🇹 guatemala flag_gt | GT
🇬🇺 guam flag_gu | GU
🇬🇼 guinea_bissau flag_gw | GW
🇬🇾 guyana flag_gy | GY
🇭🇰 hong_kong flag_hk | HK
🇭🇲 heard_mcdonald_islands flag_hm | HM
🇭🇳 honduras flag_hn | HN
🇭🇷 croatia flag_hr | HR
🇭🇹 haiti flag_ht | HT
🇭🇺 hungary flag_hu | HU
🇮🇨 canary_islands flag_ic | IC
🇮🇩 indonesia flag_id | ID
🇮🇪 ireland flag_ie | IE
🇮🇱 israel flag_il | IL
🇮🇲 isle_of_man flag_im | IM
🇮🇳 india flag_in | IN
🇮🇴 british_indian_ocean_territory flag_io | IO
🇮🇶 iraq flag_iq | IQ
🇮🇷 iran flag_ir | IR
🇮🇸 iceland flag_is | IS
🇮🇹 it flag_it italy | IT
🇯🇪 jersey flag_je | JE
🇯🇲 jamaica flag_jm | JM
🇯🇴 jordan flag_jo | JO
🇯🇵 jp flag_jp japan | JP
🇰🇪 kenya flag_ke | KE
🇰🇬 kyrgyzstan flag_kg | KG
🇰🇭 cambodia flag_kh | KH
🇰🇮 kiribati flag_ki | KI
🇰🇲 comoros flag_km | KM
🇰🇳 st_kitts_nevis flag_kn | KN
🇰🇵 north_korea flag_kp | KP
🇰🇷 kr flag_kr south_korea | KR
🇰🇼 kuwait flag_kw | KW
🇰🇾 cayman_islands flag_ky | KY
🇰🇿 kazakhstan flag_kz | KZ
🇱🇦 laos flag_la | LA
🇱🇧 lebanon flag_lb | LB
🇱🇨 st_lucia flag_lc | LC
🇱🇮 liechtenstein flag_li | LI
🇱🇰 sri_lanka flag_lk | LK
🇱🇷 liberia flag_lr | LR
🇱🇸 lesotho flag_ls | LS
🇱🇹 lithuania flag_lt | LT
🇱🇺 luxembourg flag_lu | LU
🇱🇻 latvia flag_lv | LV
🇱🇾 libya flag_ly | LY
🇲🇦 morocco flag_ma | MA
🇲🇨 monaco flag_mc | MC
🇲🇩 moldova flag_md | MD
🇲🇪 montenegro flag_me | ME
🇲🇫 st_martin flag_mf | MF
🇲🇬 madagascar flag_mg | MG
🇲🇭 marshall_islands flag_mh | MH
🇲🇰 macedonia flag_mk | MK
🇲🇱 mali flag_ml | ML
🇲🇲 myanmar burma flag_mm | MM
🇲🇳 mongolia flag_mn | MN
🇲🇴 macau flag_mo macao | MO
🇲🇵 northern_mariana_islands flag_mp | MP
🇲🇶 martinique flag_mq | MQ
🇲🇷 mauritania flag_mr | MR
🇲🇸 montserrat flag_ms | MS
🇲🇹 malta flag_mt | MT
🇲🇺 mauritius flag_mu | MU
🇲🇻 maldives flag_mv | MV
🇲🇼 malawi flag_mw | MW
🇲🇽 mexico flag_mx | MX
🇲🇾 malaysia flag_my | MY
🇲🇿 mozambique flag_mz | MZ
🇳🇦 namibia flag_na | NA
🇳🇨 new_caledonia flag_nc | NC
🇳🇪 niger flag_ne | NE
🇳🇫 norfolk_island flag_nf | NF
🇳🇬 nigeria flag_ng | NG
🇳🇮 nicaragua flag_ni | NI
🇳🇱 netherlands flag_nl | NL
🇳🇴 norway flag_no | NO
🇳🇵 nepal flag_np | NP
🇳🇷 nauru flag_nr | NR
🇳🇺 niue flag_nu | NU
🇳🇿 new_zealand flag_nz | NZ
🇴🇲 oman flag_om | OM
🇵🇦 panama flag_pa | PA
🇵🇪 peru flag_pe | PE
🇵🇫 french_polynesia flag_pf | PF
🇵🇬 papua_new_guinea flag_pg | PG
🇵🇭 philippines flag_ph | PH
🇵🇰 pakistan flag_pk | PK
🇵🇱 poland flag_pl | PL
🇵🇲 st_pierre_miquelon flag_pm | PM
🇵🇳 pitcairn_islands flag_pn | PN
🇵🇷 puerto_rico flag_pr | PR
🇵🇸 palestinian_territories flag_ps | PS
🇵🇹 portugal flag_pt | PT
🇵🇼 palau flag_pw | PW
🇵🇾 paraguay flag_py | PY
🇶🇦 qatar flag_qa | QA
🇷🇪 reunion flag_re | RE
🇷🇴 romania flag_ro | RO
🇷🇸 serbia flag_rs | RS
🇷🇺 ru flag_ru russia | RU
🇷🇼 rwanda flag_rw | RW
🇸🇦 saudi_arabia flag_sa | SA
🇸🇧 solomon_islands flag_sb | SB
🇸🇨 seychelles flag_sc | SC
🇸🇩 sudan flag_sd | SD
🇸🇪 sweden flag_se | SE
🇸🇬 singapore flag_sg | SG
🇸🇭 st_helena flag_sh | SH
🇸🇮 slovenia flag_si | SI
🇸🇯 svalbard_jan_mayen flag_sj | SJ
🇸🇰 slovakia flag_sk | SK
🇸🇱 sierra_leone flag_sl | SL
🇸🇲 san_marino flag_sm | SM
🇸🇳 senegal flag_sn | SN
🇸🇴 somalia flag_so | SO
🇸🇷 suriname flag_sr | SR
🇸🇸 south_sudan flag_ss | SS
🇸🇹 sao_tome_principe flag_st | ST
🇸🇻 el_salvador flag_sv | SV
🇸🇽 sint_maarten flag_sx | SX
🇸🇾 syria flag_sy | SY
🇸🇿 swaziland eswatini flag_sz | SZ
🇹🇦 tristan_da_cunha flag_ta | TA
🇹🇨 turks_caicos_islands flag_tc | TC
🇹🇩 chad flag_td | TD
🇹🇫 french_southern_territories flag_tf | TF
🇹🇬 togo flag_tg | TG
🇹🇭 thailand flag_th | TH
🇹🇯 tajikistan flag_tj | TJ
🇹🇰 tokelau flag_tk | TK
🇹🇱 timor_leste flag_tl | TL
🇹🇲 turkmenistan flag_tm | TM
🇹🇳 tunisia flag_tn | TN
🇹🇴 tonga flag_to | TO
🇹🇷 tr flag_tr turkey_tr | TR
🇹🇹 trinidad_tobago flag_tt | TT
🇹🇻 tuvalu flag_tv | TV
🇹🇼 taiwan flag_tw | TW
🇹🇿 tanzania flag_tz | TZ
🇺🇦 ukraine flag_ua | UA
🇺🇬 uganda flag_ug | UG
🇺🇲 us_outlying_islands flag_um | UM
🇺🇳 united_nations flag_un un | UN
🇺🇸 us flag_us united_states | US
🇺🇾 uruguay flag_uy | UY
🇺🇿 uzbekistan flag_uz | UZ
🇻🇦 vatican_city flag_va | VA
🇻🇨 st_vincent_grenadines flag_vc | VC
🇻🇪 venezuela flag_ve | VE
🇻🇬 british_virgin_islands flag_vg | VG
🇻🇮 us_virgin_islands flag_vi | VI
🇻🇳 vietnam flag_vn | VN
🇻🇺 vanuatu flag_vu | VU
🇼🇫 wallis_futuna flag_wf | WF
🇼🇸 samoa flag_ws | WS
🇽🇰 kosovo flag_xk | XK
🇾🇪 yemen flag_ye | YE
🇾🇹 mayotte flag_yt | YT
🇿🇦 south_africa flag_za | ZA
🇿🇲 zambia flag_zm | ZM
🇿🇼 zimbabwe flag_zw | ZW
🏴󠁧󠁢󠁥󠁮󠁧󠁿 england flag_gbeng
🏴󠁧󠁢󠁳󠁣󠁴󠁿 scotland flag_gbsct
🏴󠁧󠁢󠁷󠁬󠁳󠁿 wales flag_gbwls`;
